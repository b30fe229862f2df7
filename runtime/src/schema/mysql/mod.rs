//! MySQL and MariaDB: the catalogue is read in two messages, scratch databases are databases of the same server.

mod event;
mod introspect;
mod reach;
mod scratch;

pub(super) use self::event::{moving_time, same_each_time};
pub(super) use self::introspect::{CATALOGUE, catalogue};
pub(super) use self::reach::reaches_out;
pub(super) use self::scratch::{ScratchDatabase, surroundings};
