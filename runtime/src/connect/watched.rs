//! Opening a session that is watched.

use super::{Connect, Intent};
use crate::engine::engine;
use crate::error::Error;
use crate::options::Options;
use crate::session::{Session, Spare, Watched};
use crate::tenant;

/// Opens a session to write on, and watches over it: whoever is told to stop also gives up connecting.
pub(crate) async fn open_watched<'c>(
    database: Connect<'c>,
    options: &Options,
) -> Result<Option<Box<dyn Session + 'c>>, Error> {
    let dialect = database.dialect()?;
    let engine = engine(dialect).ok_or(Error::NoEngine(dialect))?;
    let database = tenant::lead(database, options)?;
    let (spare, mut ear) = (Spare::new(database.beside()), options.stop.ear());
    let terms = options.connect_terms();
    let opened = tokio::select! {
        biased;
        () = ear.stopped() => return Err(Error::Interrupted { report: Box::default() }),
        opened = Box::pin(database.open(Intent::Write, &terms)) => opened?,
    };
    let Some(session) = opened else { return Ok(None) };
    Ok(Some(Box::new(Watched::new(session, engine, spare, ear, options.listener.clone()))))
}
