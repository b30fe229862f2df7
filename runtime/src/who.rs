//! Who migrates, for the event log.

use std::fmt;

/// The user and the machine that a run comes from, and what it is part of.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) os_user: String,
    pub(crate) host: String,
    pub(crate) process: u32,
    pub(crate) application: String,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Who { os_user, host, process, .. } = self;
        write!(f, "process {process} of {os_user} on {host}")
    }
}

impl Who {
    /// Asks the operating system. What it does not tell is empty.
    pub(crate) fn am_i(application: &str) -> Who {
        Who {
            os_user: whoami::username().unwrap_or_default(),
            host: whoami::hostname().unwrap_or_default(),
            process: std::process::id(),
            application: application.to_owned(),
        }
    }
}
