//! How a run is to go.

use std::time::Duration;

use dunlin_core::plan::Policy;
use dunlin_core::variables::Values;

use crate::progress::Listener;

/// How a run is to go.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) lock_wait: Duration,
    pub(crate) policy: Policy,
    pub(crate) history_prefix: String,
    pub(crate) history_schema: Option<String>,
    pub(crate) application: Option<String>,
    pub(crate) values: Values,
    pub(crate) listener: Listener,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            lock_wait: Duration::from_mins(5),
            policy: Policy::default(),
            history_prefix: "dunlin".to_owned(),
            history_schema: None,
            application: None,
            values: Values::new(),
            listener: Listener::default(),
        }
    }
}
