//! Plain structs that the components take. Domains fill them from their own
//! entities; nothing here knows where the values come from.

mod card;
mod form;
mod image;
mod track;
mod upload;
mod wave;

pub use card::{AlbumItem, ArtistItem};
pub use form::{Choice, Field};
pub use image::{ImageSet, made_cover};
pub use track::TrackItem;
pub use upload::UnfinishedUpload;
pub use wave::wave_path;
