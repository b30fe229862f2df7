//! Text for people: counted nouns, lists, the name that was probably meant, and what differs.

mod count;
mod diff;
mod join;
mod list;
mod nearest;

pub use count::count;
pub use diff::diff;
pub use join::join;
pub use list::{list, some_of};
pub use nearest::nearest;
