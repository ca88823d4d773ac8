//! Values that parse at the edge, and the entities.

mod device;
mod display_name;
mod email;
mod password;
mod session;
mod user;

pub use device::{Device, device_label};
pub use display_name::DisplayName;
pub use email::Email;
pub use password::{GivenPassword, NewPassword};
pub use session::Session;
pub use user::{Status, User};
