use std::borrow::Cow;
use std::sync::Arc;

use super::Repeatable;
use crate::migration::SharedScript;
use crate::variables::{self, MissingValues, Values};

/// A repeatable file that is to run.
#[derive(Debug, Clone)]
pub struct Repeat {
    /// Which.
    pub repeatable: Arc<Repeatable>,
    /// What is to run: its script, with the values of its variables.
    pub script: SharedScript,
    /// The values that went into it.
    pub values: Values,
}

impl Repeat {
    /// Runs a file as it stands.
    pub fn new(repeatable: Arc<Repeatable>) -> Repeat {
        let script = repeatable.script.clone();
        Repeat { repeatable, script, values: Values::new() }
    }

    /// Returns `repeatable/<name>`, as messages name it.
    pub fn name(&self) -> String {
        format!("{}/{}", super::FOLDER, self.repeatable.name)
    }

    /// Puts the values of variables in.
    pub(crate) fn fill(&mut self, values: &Values) -> Result<(), MissingValues> {
        if let Cow::Owned(filled) = variables::substituted(&self.script, values)? {
            self.values = variables::used(&self.script, values);
            self.script = Arc::new(filled);
        }
        Ok(())
    }
}
