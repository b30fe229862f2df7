//! PostgreSQL: the catalogue is read in one snapshot, scratch databases are made from another database of the same server.

mod introspect;
mod reach;
mod scratch;

pub(super) use self::introspect::{catalogue, questions};
pub(super) use self::reach::reaches_out;
pub(super) use self::scratch::{ScratchDatabase, surroundings};
