//! Values that parse at the edge, and the entities.

mod common_passwords;
mod device;
mod display_name;
mod email;
mod hangul;
mod known_device;
mod password;
mod session;
mod user;

pub use device::{Device, device_label};
pub use display_name::DisplayName;
pub use email::Email;
pub use known_device::KnownDevice;
pub use password::{GivenPassword, NewPassword};
pub use session::Session;
pub use user::{Status, User};
