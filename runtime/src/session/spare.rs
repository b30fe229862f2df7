//! A second way into the database that a session works on.

use std::time::Duration;

use super::{Row, Session, SqlError, Trouble};
use crate::beside::Beside;
use crate::engine::Reached;

/// Opened when it is first needed.
pub(crate) struct Spare {
    way: Option<Beside>,
    session: Option<Box<dyn Session>>,
    /// Whether the session is in the middle of something that nobody waits for any more.
    is_asked: bool,
    /// Whether it leads to the server itself and not to a pooler, once that is known.
    reached: Option<Reached>,
    /// Why there is none, once that was tried.
    fault: Option<String>,
}

/// How long the server may take to let it in.
const LIMIT: Duration = Duration::from_secs(5);

impl Spare {
    pub(crate) fn new(way: Option<Beside>) -> Spare {
        Spare { way, session: None, is_asked: false, reached: None, fault: None }
    }

    /// Says whether there is a second way in.
    pub(crate) fn is_there(&self) -> bool {
        self.way.is_some()
    }

    /// Returns the session; `None` is that there is no second way in.
    pub(crate) async fn session(&mut self) -> Option<&mut (dyn Session + 'static)> {
        if self.is_asked {
            (self.session, self.is_asked) = (None, false);
        }
        if self.session.is_none()
            && let Some(way) = &self.way
        {
            let opened = tokio::time::timeout(LIMIT, way.open()).await;
            match opened {
                Ok(Ok((session, reached))) => {
                    self.session = Some(session);
                    self.reached.get_or_insert(reached);
                }
                Ok(Err(error)) => self.fault = Some(error.to_string()),
                Err(_) => self.fault = Some("a second connection took too long".to_owned()),
            }
            if let Some(fault) = self.fault.as_ref().filter(|_| self.session.is_none()) {
                tracing::debug!(fault, "opening a second connection");
            }
        }
        self.session.as_deref_mut()
    }

    /// Asks something that must be answered in this time. Whoever drops the question gets another session the next time.
    pub(crate) async fn ask(&mut self, sql: &str, limit: Duration) -> Result<Vec<Row>, SqlError> {
        let asked = async {
            if self.session().await.is_none() {
                return Err(unanswered());
            }
            let Some(session) = &mut self.session else { return Err(unanswered()) };
            self.is_asked = true;
            let answer = session.rows(sql).await;
            self.is_asked = answer.as_ref().is_err_and(|error| error.trouble == Trouble::Connection);
            answer
        };
        match tokio::time::timeout(limit, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(unanswered()),
        }
    }

    /// Says whether the server itself answers.
    pub(crate) async fn reached(&mut self) -> Reached {
        if self.reached.is_none() {
            self.session().await;
        }
        self.reached.unwrap_or(Reached::Somehow)
    }

    /// Says why there is no session.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    pub(crate) async fn close(self) {
        if let Some(session) = self.session.filter(|_| !self.is_asked) {
            session.close().await;
        }
    }
}

fn unanswered() -> SqlError {
    SqlError { trouble: Trouble::Connection, ..SqlError::own("there is no second connection".to_owned()) }
}
