//! Text for people: counted nouns, lists, the name that was probably meant, and what differs.

mod count;
mod diff;
mod list;
mod nearest;

pub use count::count;
pub use diff::diff;
pub use list::list;
pub use nearest::nearest;
