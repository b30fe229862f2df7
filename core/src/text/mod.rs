//! Sentences for people: counted nouns, lists, and the name that was probably meant.

mod count;
mod join;
mod list;
mod nearest;

pub use count::count;
pub use join::join;
pub use list::{list, some_of};
pub use nearest::nearest;
