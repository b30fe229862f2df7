use dunlin::core::text::list;
use serde_json::{Map, Value, json};

use crate::exit_code::{EXIT_CODES, Exit};
use crate::output::Output;
use crate::problem::Problem;

/// Of more than so many it is said how many there are, and not which.
const NAMED: usize = 5;

/// How the databases ended.
#[derive(Default)]
pub(super) struct Tally {
    ended: Vec<Ended>,
    not_begun: Vec<String>,
}

/// How one ended.
pub(super) struct Ended {
    place: usize,
    name: String,
    exit: Exit,
    /// The first line of what was wrong, if it failed.
    failure: Option<String>,
    documents: Vec<Value>,
}

impl Ended {
    pub(super) fn new(place: usize, name: String, how: Result<Exit, Problem>, documents: Vec<Value>) -> Ended {
        let (exit, failure) = match how {
            Ok(exit) => (exit, None),
            Err(problem) => (problem.exit(), Some(problem.to_string().lines().next().unwrap_or_default().to_owned())),
        };
        Ended { place, name, exit, failure, documents }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }
}

impl Tally {
    pub(super) fn add(&mut self, ended: Ended) {
        // They are told of in their order, however they end.
        let place = self.ended.partition_point(|known| known.place < ended.place);
        self.ended.insert(place, ended);
    }

    pub(super) fn leave(&mut self, names: impl Iterator<Item = String>) {
        self.not_begun = names.collect();
    }

    /// Returns how many have ended.
    pub(super) fn ended(&self) -> usize {
        self.ended.len()
    }

    /// Returns how the worst of them ended.
    pub(super) fn exit(&self) -> Exit {
        self.ended.iter().fold(Exit::Done, |worst, ended| worst.worse(ended.exit))
    }

    /// Says how they ended, where that cannot be seen at a glance, and that the same `can_go_on` another time. Writes the
    /// documents of all as one.
    pub(super) fn tell(&self, output: &Output, can_go_on: bool) {
        let failed: Vec<&Ended> = self.ended.iter().filter(|ended| ended.has_failed()).collect();
        let number = self.ended.len() + self.not_begun.len();
        let is_many = number > NAMED;
        if number == 0 {
            output.note("there is no database to work on");
        } else if is_many || !failed.is_empty() {
            let mut told = vec![self.summary(&failed)];
            let line = |ended: &&Ended| {
                let Ended { name, exit, failure, .. } = ended;
                format!("{name}: exit code {}, {}", exit.code(), failure.as_deref().unwrap_or_default())
            };
            told.extend(failed.iter().filter(|_| is_many).map(line));
            output.note(&told.join("\n"));
        }
        if can_go_on && !failed.is_empty() {
            output.hint("when that is mended, run it again: what is done is not done twice");
        }
        if output.format().is_json() {
            output.json(&self.to_json());
        }
    }

    fn summary(&self, failed: &[&Ended]) -> String {
        let done: Vec<&str> = self.done().map(|ended| &*ended.name).collect();
        let failed: Vec<&str> = failed.iter().map(|ended| &*ended.name).collect();
        let not_begun: Vec<&str> = self.not_begun.iter().map(String::as_str).collect();
        let mut told = vec![named("done", &done), named("failed", &failed), named("not begun", &not_begun)];
        for (exit, code, _) in EXIT_CODES.iter().filter(|(exit, ..)| !exit.is_done()) {
            let ended = self.done().filter(|ended| ended.exit == *exit);
            told.push(named(&format!("with exit code {code}"), &ended.map(|ended| &*ended.name).collect::<Vec<_>>()));
        }
        told.retain(|part| !part.is_empty());
        told.join("; ")
    }

    /// Those that did what they were to do, whatever came out.
    fn done(&self) -> impl Iterator<Item = &Ended> {
        self.ended.iter().filter(|ended| !ended.has_failed())
    }

    fn to_json(&self) -> Value {
        let names = |failed: bool| -> Vec<&String> {
            self.ended.iter().filter(|ended| ended.has_failed() == failed).map(|ended| &ended.name).collect()
        };
        let odd = self.ended.iter().filter(|ended| !ended.exit.is_done());
        let exits: Map<String, Value> = odd.map(|ended| (ended.name.clone(), json!(ended.exit.code()))).collect();
        json!({
            "databases": self.ended.iter().flat_map(|ended| &ended.documents).collect::<Vec<_>>(),
            "done": names(false),
            "failed": names(true),
            "not_begun": self.not_begun,
            "exits": exits,
        })
    }
}

/// Names a few, and counts many.
fn named(what: &str, names: &[&str]) -> String {
    match names.len() {
        0 => String::new(),
        1..=NAMED => format!("{what}: {}", list(names)),
        number => format!("{number} {what}"),
    }
}
