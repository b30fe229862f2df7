use std::fmt;

use serde::Serialize;

use crate::migration::Direction;
use crate::plan::{State, Verdict};
use crate::text::list;

/// Something on which the tables of a history do not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LedgerFinding {
    /// The set, as the tables have its name; `None` concerns all of them.
    pub set: Option<String>,
    /// Whether it is a fault, or merely worth knowing.
    pub verdict: Verdict,
    /// What it is.
    #[serde(flatten)]
    pub kind: LedgerFindingKind,
}

/// What does not agree. Rows are named `<id>_<slug>`, or by the id alone where only an event tells of them; those of
/// repeatable files `repeatable/<name>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LedgerFindingKind {
    /// The table of the layout is not there, or does not hold the one row that it always has.
    LayoutChanged {
        /// Its rows, each with its id and its version; `None` is no table.
        found: Option<Vec<(String, String)>>,
    },
    /// An event's number is none, or one that another event has.
    WrongNumber {
        /// What stands there.
        number: String,
    },
    /// There are events before and behind, and none with these numbers.
    EventsMissing {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// An event's hash is not that of what it says and of the event before it.
    ChainBroken {
        /// The event.
        event: u64,
    },
    /// An event has no hash, although a run wrote it or a later event has one.
    HashLost {
        /// The event.
        event: u64,
    },
    /// A hash that the log is expected to have is not there.
    HeadMissing {
        /// The hash, or its beginning.
        expected: String,
        /// How many events have such a hash: none, or several.
        matching: usize,
    },
    /// The SQL that a row stores does not hash to the checksum that it stores.
    SqlDiffers {
        /// The row.
        row: String,
        /// Which way the SQL leads; `None` is that of a repeatable file.
        direction: Option<Direction>,
        /// The checksum of the row.
        recorded: Option<String>,
        /// The checksum of the stored SQL.
        stored: Option<String>,
    },
    /// A row is there, and no event left it there.
    RowWithoutEvent {
        /// The row.
        row: String,
    },
    /// A row is not as the last event about it left it.
    RowDiffers {
        /// The row.
        row: String,
        /// The event.
        event: u64,
        /// What the event was.
        action: String,
    },
    /// A row was not as an event had left it when a later one changed a part of it.
    RowDiffered {
        /// The row.
        row: String,
        /// The event.
        event: u64,
        /// The later one.
        before: u64,
    },
    /// An event left a row that is not there.
    EventWithoutRow {
        /// The row.
        row: String,
        /// The event.
        event: u64,
        /// What the event was.
        action: String,
    },
    /// Rows have the same place in the order in which the database got its migrations.
    SeqShared {
        /// The place.
        seq: String,
        /// The ids of the rows.
        rows: Vec<String>,
    },
    /// A row is that of a step that began and did not end: a run that is under way, or one that broke off.
    Unfinished {
        /// The row.
        row: String,
        /// Which way it was going.
        state: State,
    },
    /// A row of the journal does not hold its own text: a value in it was changed.
    StatementDiffers {
        /// The migration.
        row: String,
        /// The statement, as the row has its number.
        statement: String,
    },
    /// The journal has a statement of a step that is not unfinished.
    StatementAstray {
        /// The migration.
        row: String,
        /// Which way, as the row says.
        direction: String,
        /// The statement, as the row has its number.
        statement: String,
    },
    /// The journal of an unfinished step lacks statements before one that it has, or that was in place.
    StatementsMissing {
        /// The migration.
        row: String,
        /// The first.
        from: usize,
        /// The last.
        to: usize,
    },
    /// The row and the journal of an unfinished step are not as the last event about it left them.
    UnfinishedDiffers {
        /// The migration.
        row: String,
        /// The event.
        event: u64,
        /// What the event was.
        action: String,
    },
    /// An event left a step unfinished, and no row says that it is.
    UnfinishedLost {
        /// The migration.
        row: String,
        /// The event.
        event: u64,
        /// What the event was.
        action: String,
    },
    /// The last events were written by a script, and no run has sealed them yet.
    Unsealed {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// Rows were written by a build of dunlin whose events carry no digests.
    NotCovered {
        /// The rows.
        rows: Vec<String>,
    },
    /// A newer dunlin wrote events of a kind that this one does not know.
    UnknownAction {
        /// The word for it.
        action: String,
        /// The events.
        events: Vec<u64>,
    },
}

impl LedgerFindingKind {
    /// Says whether it is a fault: something that no run, no script and no crash leaves.
    ///
    /// An unfinished step is one, although a crash leaves it, for nobody can tell such a row from one whose state was changed.
    fn verdict(&self) -> Verdict {
        match self {
            LedgerFindingKind::Unsealed { .. }
            | LedgerFindingKind::NotCovered { .. }
            | LedgerFindingKind::UnknownAction { .. } => Verdict::Warn,
            LedgerFindingKind::LayoutChanged { .. }
            | LedgerFindingKind::WrongNumber { .. }
            | LedgerFindingKind::EventsMissing { .. }
            | LedgerFindingKind::ChainBroken { .. }
            | LedgerFindingKind::HashLost { .. }
            | LedgerFindingKind::HeadMissing { .. }
            | LedgerFindingKind::SqlDiffers { .. }
            | LedgerFindingKind::RowWithoutEvent { .. }
            | LedgerFindingKind::RowDiffers { .. }
            | LedgerFindingKind::RowDiffered { .. }
            | LedgerFindingKind::EventWithoutRow { .. }
            | LedgerFindingKind::SeqShared { .. }
            | LedgerFindingKind::Unfinished { .. }
            | LedgerFindingKind::StatementDiffers { .. }
            | LedgerFindingKind::StatementAstray { .. }
            | LedgerFindingKind::StatementsMissing { .. }
            | LedgerFindingKind::UnfinishedDiffers { .. }
            | LedgerFindingKind::UnfinishedLost { .. } => Verdict::Refuse,
        }
    }
}

impl LedgerFinding {
    pub(super) fn new(set: Option<String>, kind: LedgerFindingKind) -> LedgerFinding {
        LedgerFinding { set, verdict: kind.verdict(), kind }
    }

    /// Returns the way out.
    pub fn hint(&self) -> Option<&'static str> {
        match self.kind {
            LedgerFindingKind::WrongNumber { .. }
            | LedgerFindingKind::EventsMissing { .. }
            | LedgerFindingKind::ChainBroken { .. }
            | LedgerFindingKind::HashLost { .. }
            | LedgerFindingKind::HeadMissing { .. } => Some(
                "somebody changed the log behind dunlin's back, or restored a part of it; a backup, or another copy of the \
                 database, tells what stood there",
            ),
            LedgerFindingKind::SqlDiffers { direction: Some(_), .. } => Some(
                "somebody changed the table behind dunlin's back; `dunlin repair checksums` shows what differs, and makes it fit",
            ),
            LedgerFindingKind::SqlDiffers { direction: None, .. }
            | LedgerFindingKind::RowWithoutEvent { .. }
            | LedgerFindingKind::RowDiffers { .. }
            | LedgerFindingKind::RowDiffered { .. }
            | LedgerFindingKind::EventWithoutRow { .. }
            | LedgerFindingKind::SeqShared { .. } => Some(
                "somebody changed the table behind dunlin's back; put the row back as it was, or, if the change was meant, \
                 have all rows written anew from the files, each with its event: `dunlin stamp --purge <target>`",
            ),
            LedgerFindingKind::StatementDiffers { .. }
            | LedgerFindingKind::StatementsMissing { .. }
            | LedgerFindingKind::UnfinishedDiffers { .. }
            | LedgerFindingKind::UnfinishedLost { .. } => Some(
                "somebody changed the table behind dunlin's back: do not go on with the step before it is clear what is in \
                 place; `dunlin mark <id> applied --reason \"…\"` or `… reverted …` settles it",
            ),
            LedgerFindingKind::StatementAstray { .. } => Some(
                "somebody changed a table behind dunlin's back; the next run that writes a journal removes such rows",
            ),
            LedgerFindingKind::LayoutChanged { .. } => {
                Some("the table holds one row, with the id 1 and the version of the layout; put it back")
            }
            LedgerFindingKind::Unfinished { .. } => Some("`dunlin status` tells what is in place"),
            LedgerFindingKind::Unsealed { .. }
            | LedgerFindingKind::NotCovered { .. }
            | LedgerFindingKind::UnknownAction { .. } => None,
        }
    }
}

impl fmt::Display for LedgerFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            LedgerFindingKind::LayoutChanged { found: None } => f.write_str("the table of the layout is not there"),
            LedgerFindingKind::LayoutChanged { found: Some(rows) } if rows.is_empty() => {
                f.write_str("the table of the layout has no row")
            }
            LedgerFindingKind::LayoutChanged { found: Some(rows) } => {
                let rows: Vec<String> =
                    rows.iter().map(|(id, version)| format!("id {id}, version {version}")).collect();
                write!(f, "the table of the layout was changed: it holds {}", list(&rows))
            }
            LedgerFindingKind::WrongNumber { number } => {
                write!(f, "an event has the number `{number}`, which is none or another's")
            }
            LedgerFindingKind::EventsMissing { from, to } if from == to => write!(f, "event {from} is missing"),
            LedgerFindingKind::EventsMissing { from, to } => write!(f, "events {from} to {to} are missing"),
            LedgerFindingKind::ChainBroken { event } => {
                write!(
                    f,
                    "event {event} breaks the chain: its hash is not that of what it says and of the event before it"
                )
            }
            LedgerFindingKind::HashLost { event } => write!(f, "event {event} has lost its hash"),
            LedgerFindingKind::HeadMissing { expected, matching: 0 } => {
                write!(f, "the log has no event with the hash {expected}: its end was cut off, or it was written anew")
            }
            LedgerFindingKind::HeadMissing { expected, matching } => {
                write!(f, "the log has {matching} events with hashes that begin with {expected}")
            }
            LedgerFindingKind::SqlDiffers { row, direction, recorded, stored } => {
                let way = direction.map(|direction| format!("{direction} ")).unwrap_or_default();
                write!(f, "the {way}SQL that is stored of `{row}` is not that of its checksum")?;
                let shown = |checksum: &Option<String>| checksum.clone().unwrap_or_else(|| "nothing".to_owned());
                write!(f, "\n  recorded  {}\n  stored    {}", shown(recorded), shown(stored))
            }
            LedgerFindingKind::RowWithoutEvent { row } => write!(f, "`{row}` has a row that no event left there"),
            LedgerFindingKind::RowDiffers { row, event, action } => {
                write!(f, "the row of `{row}` is not as event {event} ({action}) left it")
            }
            LedgerFindingKind::RowDiffered { row, event, before } => {
                write!(f, "the row of `{row}` was not as event {event} had left it when event {before} changed it")
            }
            LedgerFindingKind::EventWithoutRow { row, event, action } => {
                write!(f, "`{row}` has no row, and event {event} ({action}) left one")
            }
            LedgerFindingKind::SeqShared { seq, rows } => write!(f, "the rows of {} share the place {seq}", list(rows)),
            LedgerFindingKind::Unfinished { row, state: State::Reverting } => {
                write!(f, "`{row}` began to go down and did not end")
            }
            LedgerFindingKind::Unfinished { row, .. } => write!(f, "`{row}` began to go up and did not end"),
            LedgerFindingKind::StatementDiffers { row, statement } => {
                write!(f, "what the journal says of statement {statement} of `{row}` was changed")
            }
            LedgerFindingKind::StatementAstray { row, direction, statement } => {
                write!(
                    f,
                    "the journal has statement {statement} of `{row}` ({direction}), and no such step is unfinished"
                )
            }
            LedgerFindingKind::StatementsMissing { row, from, to } if from == to => {
                write!(f, "the journal of `{row}` lacks statement {from}")
            }
            LedgerFindingKind::StatementsMissing { row, from, to } => {
                write!(f, "the journal of `{row}` lacks statements {from} to {to}")
            }
            LedgerFindingKind::UnfinishedDiffers { row, event, action } => {
                write!(f, "the row or the journal of `{row}` is not as event {event} ({action}) left it")
            }
            LedgerFindingKind::UnfinishedLost { row, event, action } => {
                write!(f, "event {event} ({action}) left `{row}` unfinished, and no row says that it is")
            }
            LedgerFindingKind::Unsealed { from, to } => {
                let events =
                    if from == to { format!("event {from} was") } else { format!("events {from} to {to} were") };
                write!(
                    f,
                    "{events} written by a script; until the next run that changes something has sealed the log, nothing \
                     covers this end of it, and of its rows the SQL alone"
                )
            }
            LedgerFindingKind::NotCovered { rows } => {
                write!(
                    f,
                    "an earlier build of dunlin wrote {}, and no digest covers more of that than the SQL",
                    list(rows)
                )
            }
            LedgerFindingKind::UnknownAction { action, events } => {
                let events: Vec<String> = events.iter().map(u64::to_string).collect();
                write!(f, "a newer dunlin wrote `{action}` into the log ({})", events.join(", "))
            }
        }
    }
}
