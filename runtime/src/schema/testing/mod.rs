//! Tests of migrations: each goes up, down and up again on a scratch database.
//!
//! [`Schemas::test`] is where it begins. `subject.rs` is what is tested, `course.rs` a scratch database that goes from migration to
//! migration, `round_trip.rs` the test of one of them, with its seed and its checks (`queries.rs`) and the rows that must stay
//! (`rows.rs`); `states.rs` goes to the heads from every earlier state. [`TestReport`] is what came of it. What
//! `dunlin::tests!` expands to calls `blocking.rs`.

pub(crate) mod blocking;
mod course;
mod file;
mod queries;
mod report;
mod round_trip;
mod rows;
mod states;
mod subject;

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use dunlin_core::migration::MigrationId;
use dunlin_core::plan::View;
use futures_util::StreamExt as _;
use futures_util::stream;

pub use self::file::TestFile;
pub use self::report::{MigrationTest, StateTest, TestFault, TestOutcome, TestReport, TestStage};
use self::subject::Subject;
use super::{SchemaError, Schemas};

/// How many scratch databases are used at once, if it is not said.
const JOBS: usize = 4;

/// A scratch database is worth its making for so many migrations.
const WORTH: usize = 8;

/// What is to be tested, and how.
#[derive(Clone, Default)]
pub struct Tests {
    only: Option<BTreeSet<MigrationId>>,
    files: Vec<TestFile>,
    jobs: Option<NonZeroUsize>,
    states: States,
    listener: Option<Listener>,
}

type Listener = Arc<dyn Fn(&TestProgress<'_>) + Send + Sync>;

/// Whether the heads are gone to from every state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum States {
    #[default]
    Next,
    All,
}

/// How far the tests are.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TestProgress<'p> {
    /// How many are done.
    pub done: usize,
    /// How many there are.
    pub of: usize,
    /// What was tested last: `<id>_<slug>`, or a state by its last migration.
    pub name: &'p str,
}

impl Tests {
    /// Tests every migration, without seeds and checks.
    pub fn new() -> Tests {
        Tests::default()
    }

    /// Tests these migrations only. The others are applied where they come before them.
    pub fn only(mut self, ids: impl IntoIterator<Item = MigrationId>) -> Tests {
        self.only = Some(ids.into_iter().collect());
        self
    }

    /// Takes seeds and checks; see [`TestFile`].
    pub fn files(mut self, files: impl IntoIterator<Item = TestFile>) -> Tests {
        self.files.extend(files);
        self
    }

    /// Uses so many scratch databases at once; 4 if it is not said.
    pub fn jobs(mut self, jobs: NonZeroUsize) -> Tests {
        self.jobs = Some(jobs);
        self
    }

    /// Also goes to the heads from every state that a database may be in, each in one run, and back: from an empty one, and from
    /// each migration with all that comes before it. The schemas must be the same whichever way led there. It is left out if a
    /// migration fails by itself.
    ///
    /// The time that it takes grows with the square of the number of migrations.
    pub fn all_states(mut self) -> Tests {
        self.states = States::All;
        self
    }

    /// Tells a function of each test that is done.
    pub fn on_progress(mut self, listener: impl Fn(&TestProgress<'_>) + Send + Sync + 'static) -> Tests {
        self.listener = Some(Arc::new(listener));
        self
    }

    fn tell(&self, done: usize, of: usize, name: &str) {
        if let Some(listener) = &self.listener {
            listener(&TestProgress { done, of, name });
        }
    }

    fn jobs_at_once(&self) -> usize {
        self.jobs.map_or(JOBS, NonZeroUsize::get)
    }
}

impl fmt::Debug for Tests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tests { only, files, jobs, states, listener: _ } = self;
        f.debug_struct("Tests")
            .field("only", only)
            .field("files", files)
            .field("jobs", jobs)
            .field("states", states)
            .finish_non_exhaustive()
    }
}

impl Schemas<'_> {
    /// Tests migrations on scratch databases: each goes up, down and up again, on what all migrations before it make.
    ///
    /// After the way down the schema must be what it was before, after the second way up what it was after the first. Rows that
    /// are in tables must stay in them, unless the file deletes. An irreversible migration only goes up. Repeatable files are left
    /// out. A test that fails stands in the report; an error is what kept the tests from being run. Scratch databases are dropped
    /// on every path, and when the run is told to [`Stop`](crate::Stop).
    pub async fn test(&self, tests: &Tests) -> Result<TestReport, SchemaError> {
        let options = self.bare_options();
        let bare = self.bare()?;
        // What a new database gets: where one migration stands for others, that one.
        let view = View::new(bare.for_engine(self.dialect)?, &[], &[]);
        let subject = Box::pin(Subject::new(self, &bare, view.migrations(), options, tests)).await?;
        let units = units(&subject, tests);
        let states = if tests.states == States::All { subject.states() } else { Vec::new() };
        let of = units.iter().map(Vec::len).sum::<usize>() + states.len();
        let progress = Progress { tests, of, done: AtomicUsize::new(0), is_over: AtomicBool::new(false) };
        let mut report = TestReport::default();

        let runs = units.into_iter().map(|places| Box::pin(round_trip::run_all(&subject, places, &progress)));
        let mut ended = stream::iter(runs).buffer_unordered(tests.jobs_at_once());
        let mut failed: Option<SchemaError> = None;
        while let Some(unit) = ended.next().await {
            match unit {
                Ok(done) => report.tests.extend(done),
                // Those that are under way close what they have.
                Err(error) => {
                    progress.end();
                    failed = Some(error.behind(failed));
                }
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        report.tests.sort_by_key(|test| subject.place(&test.id));
        // What fails by itself fails from every state.
        if report.has_passed() {
            report.states = Box::pin(states::run_all(&subject, states, &progress)).await?;
        }
        Ok(report)
    }
}

/// Counts the tests that are done, and says whether others are to begin.
struct Progress<'t> {
    tests: &'t Tests,
    of: usize,
    done: AtomicUsize,
    is_over: AtomicBool,
}

impl Progress<'_> {
    fn done(&self, name: &str) {
        let before = self.done.fetch_add(1, Ordering::Relaxed);
        self.tests.tell(before + 1, self.of, name);
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// Divides what is to be tested among scratch databases. A migration with a seed has its own, for its rows must be nobody else's.
fn units(subject: &Subject<'_>, tests: &Tests) -> Vec<Vec<usize>> {
    let selected = subject.selected(tests.only.as_ref());
    let (seeded, plain): (Vec<usize>, Vec<usize>) = selected.into_iter().partition(|&place| subject.is_seeded(place));
    let lanes = plain.len().div_ceil(WORTH).min(tests.jobs_at_once()).max(1);
    let length = plain.len().div_ceil(lanes).max(1);
    let lanes = plain.chunks(length).map(<[usize]>::to_vec);
    lanes.chain(seeded.into_iter().map(|place| vec![place])).collect()
}
