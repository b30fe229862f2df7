//! What is shown of a run while it runs.

use std::time::{Duration, Instant};

use dunlin::core::migration::Direction;
use dunlin::core::text::count;
use dunlin::{Finding, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::duration::shown;

/// A step that takes longer shows that it runs.
const PATIENCE: Duration = Duration::from_secs(1);

/// Off a terminal, a step that takes this long is told of, and then again after as long.
const INTERVAL: Duration = Duration::from_secs(30);

/// What is to be written.
pub(crate) enum Telling {
    Line(String),
    Finding(Box<Finding>),
    Nothing,
}

/// The step at hand, and the line on the terminal that moves while it runs.
#[derive(Debug)]
pub(crate) struct Display {
    is_terminal: bool,
    steps: usize,
    step: Option<Running>,
}

#[derive(Debug)]
struct Running {
    what: String,
    since: Instant,
    told: Duration,
    bar: Option<ProgressBar>,
}

impl Display {
    pub(crate) fn new(is_terminal: bool) -> Display {
        Display { is_terminal, steps: 0, step: None }
    }

    /// Takes note of what happens, and says what is to be written about it.
    pub(crate) fn tell(&mut self, progress: &Progress) -> Telling {
        match progress {
            Progress::Unreachable { waited, message } => {
                Telling::Line(format!("  waiting for the database{}: {message}", so_far(*waited)))
            }
            Progress::NotApplied { waited, pending } => {
                let pending = count(*pending, "migration");
                Telling::Line(format!("  waiting for {pending} to be applied{}", so_far(*waited)))
            }
            Progress::Waiting { waited, holder } => {
                let holder = holder.as_ref().map_or(String::new(), |holder| format!(", held by {holder}"));
                Telling::Line(format!("  waiting for another run to end ({}{holder})", shown(*waited)))
            }
            Progress::Blocked { waited, blocker } => {
                Telling::Line(format!("  waiting for a lock ({}): in the way is {blocker}", shown(*waited)))
            }
            Progress::Retrying { tries, pause, blocker } => {
                let blocker = blocker.as_ref().map_or(String::new(), |blocker| format!(": in the way was {blocker}"));
                Telling::Line(format!(
                    "  a lock was not obtained in time{blocker}; try {tries} follows in {}",
                    shown(*pause)
                ))
            }
            Progress::Noticed { warning } => Telling::Finding(warning.clone()),
            Progress::Planned { steps } => {
                self.steps = *steps;
                Telling::Nothing
            }
            Progress::StepStarted { step: n, direction, name, .. } => {
                self.clear();
                let doing = if *direction == Direction::Up { "applying" } else { "reverting" };
                let what = format!("{doing} {name} ({n} of {})", self.steps);
                self.step = Some(Running { what, since: Instant::now(), told: Duration::ZERO, bar: None });
                Telling::Nothing
            }
            Progress::StepDone { direction, name, duration, .. } => {
                self.clear();
                let done = if *direction == Direction::Up { "applied " } else { "reverted" };
                Telling::Line(format!("  {done}  {name}  {}", shown(*duration)))
            }
            Progress::RepeatStarted { name } => {
                self.clear();
                let what = format!("running {name}");
                self.step = Some(Running { what, since: Instant::now(), told: Duration::ZERO, bar: None });
                Telling::Nothing
            }
            Progress::Repeated { name, duration } => {
                self.clear();
                Telling::Line(format!("  repeated  {name}  {}", shown(*duration)))
            }
            _ => Telling::Nothing,
        }
    }

    /// Says what is under way now.
    pub(crate) fn follow(&mut self, what: &str) {
        let what = what.to_owned();
        match &mut self.step {
            Some(step) => {
                if let Some(bar) = &step.bar {
                    bar.set_message(what.clone());
                }
                step.what = what;
            }
            None => self.step = Some(Running { what, since: Instant::now(), told: Duration::ZERO, bar: None }),
        }
    }

    /// Moves the line on a terminal; elsewhere returns one now and then.
    pub(crate) fn tick(&mut self) -> Option<String> {
        let step = self.step.as_mut()?;
        let since = step.since.elapsed();
        if self.is_terminal {
            if since >= PATIENCE {
                step.bar.get_or_insert_with(|| spinner(&step.what, since)).tick();
            }
            return None;
        }
        (since >= step.told + INTERVAL).then(|| {
            step.told = since;
            format!("  {}: {}", step.what, shown(since))
        })
    }

    /// Writes while the moving line is out of the way.
    pub(crate) fn suspended(&self, write: impl FnOnce()) {
        match self.step.as_ref().and_then(|step| step.bar.as_ref()) {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the moving line away.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.step.take().and_then(|step| step.bar) {
            bar.finish_and_clear();
        }
    }
}

/// Says how long, once that is worth saying.
fn so_far(waited: Duration) -> String {
    if waited < PATIENCE { String::new() } else { format!(" ({})", shown(waited)) }
}

fn spinner(what: &str, since: Duration) -> ProgressBar {
    let style = ProgressStyle::with_template("  {spinner} {msg}  {elapsed}");
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        .with_finish(ProgressFinish::AndClear)
        .with_elapsed(since)
        .with_message(what.to_owned())
}
