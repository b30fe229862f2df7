//! The repairs: each is asked for, done, and looked at.

use dunlin::core::directory::Directory;
use dunlin::core::lockfile;
use dunlin::core::text::count;
use dunlin::{Goal, Target};
use serde_json::{Value, json};

use super::complaint::{Complaint, Repair};
use super::diagnosis::Diagnosis;
use super::joined;
use crate::commands::{adding, lock, merge, up, written};
use crate::context::{Context, shown};
use crate::output::Documents;
use crate::problem::Problem;

/// What is done about a diagnosis.
pub(super) struct Treatment<'c, 'm> {
    context: &'c Context<'m>,
    is_agreed: bool,
    pub(super) done: Vec<Done>,
}

/// A repair, and what came of it.
#[derive(Debug)]
pub(super) struct Done {
    repair: Repair,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    /// With what it wrote for programs.
    Done(Vec<Value>),
    Declined,
    Failed(String),
}

impl<'c, 'm> Treatment<'c, 'm> {
    /// `is_agreed` says that nothing is to be asked.
    pub(super) fn new(is_agreed: bool, context: &'c Context<'m>) -> Treatment<'c, 'm> {
        Treatment { context, is_agreed, done: Vec::new() }
    }

    /// Repairs one thing after the other, looks again after each, and returns what is left.
    pub(super) async fn of(&mut self, mut diagnosis: Diagnosis) -> Result<Diagnosis, Problem> {
        let mut seen: Vec<Complaint> = diagnosis.complaints.clone();
        while let Some(repair) = self.next(&diagnosis) {
            let outcome = if self.is_wanted(repair).await {
                match self.does(repair, &diagnosis).await {
                    Ok(documents) => Outcome::Done(documents),
                    Err(problem) => {
                        self.context.output.error(&problem.to_string());
                        problem.hints().iter().for_each(|hint| self.context.output.hint(hint));
                        Outcome::Failed(dunlin::redacted(&problem.to_string()))
                    }
                }
            } else {
                Outcome::Declined
            };
            let has_changed = matches!(outcome, Outcome::Done(_));
            self.done.push(Done { repair, outcome });
            if has_changed {
                diagnosis = Diagnosis::of(&self.context.anew()).await?;
                let new = diagnosis.complaints.iter().filter(|new| new.is_trouble() && !seen.contains(new));
                let new: Vec<Complaint> = new.cloned().collect();
                if !self.context.wants_json() {
                    for complaint in &new {
                        complaint.write(&self.context.output);
                    }
                }
                seen.extend(new);
            }
        }
        Ok(diagnosis)
    }

    /// Says what was repaired, and what is left.
    pub(super) fn summary(&self, left: &Diagnosis) -> String {
        let repaired = self.done.iter().filter(|done| matches!(done.outcome, Outcome::Done(_))).count();
        let is_left = match left.troubles() {
            1 => "1 thing is left to you".to_owned(),
            several => format!("{} are left to you", count(several, "thing")),
        };
        match (repaired, left.troubles()) {
            (0, 0) => "nothing is wrong".to_owned(),
            (0, _) => format!("nothing was repaired; {is_left}"),
            (_, 0) => format!("{} made; nothing is wrong now", count(repaired, "repair")),
            (_, _) => format!("{} made; {is_left}", count(repaired, "repair")),
        }
    }

    /// Returns the next repair that was not tried yet.
    fn next(&self, diagnosis: &Diagnosis) -> Option<Repair> {
        let repairs = diagnosis.complaints.iter().filter_map(|complaint| complaint.repair);
        repairs.into_iter().find(|repair| self.done.iter().all(|done| done.repair != *repair))
    }

    async fn is_wanted(&self, repair: Repair) -> bool {
        let host = &self.context.host;
        if !self.context.wants_json() {
            self.context.output.data("");
        }
        if self.is_agreed {
            return true;
        }
        if !host.can_be_asked() {
            self.context
                .output
                .note(&format!("{} Nobody is here to ask; `--yes` says that it is meant", repair.question()));
            return false;
        }
        self.context.output.confirm(repair.question()).await
    }

    /// Does a repair, and returns what it wrote for programs.
    async fn does(&self, repair: Repair, diagnosis: &Diagnosis) -> Result<Vec<Value>, Problem> {
        let documents = Documents::default();
        let mut context = self.context.anew();
        if context.wants_json() {
            context.output = context.output.among_several("", &documents);
        }
        match repair {
            Repair::JoinLock => join_lock(&context)?,
            Repair::Merge => drop(merge::run(&merge::Merge::default(), &context)?),
            Repair::Lock => drop(lock::run(&lock::Lock::default(), &context).await?),
            Repair::Heal => heal(diagnosis, &context).await?,
        }
        let without_name = |mut document: Value| {
            if let Some(fields) = document.as_object_mut() {
                fields.remove("database_name");
            }
            document
        };
        Ok(documents.take().into_iter().map(without_name).collect())
    }
}

impl Done {
    pub(super) fn to_json(&self) -> Value {
        let (outcome, documents, message) = match &self.outcome {
            Outcome::Done(documents) => ("done", documents.clone(), None),
            Outcome::Declined => ("declined", Vec::new(), None),
            Outcome::Failed(message) => ("failed", Vec::new(), Some(message)),
        };
        json!({ "repair": self.repair.word(), "outcome": outcome, "did": documents, "message": message })
    }
}

fn join_lock(context: &Context<'_>) -> Result<(), Problem> {
    let dir = context.existing_directory()?;
    let file = dir.join(lockfile::FILE_NAME);
    let text = std::fs::read_to_string(&file).map_err(|source| Problem::File { path: file.clone(), source })?;
    let Some(mut lock) = joined::joined(&text) else {
        return Err(Problem::Usage("the two sides of dunlin.lock say different things of one migration"));
    };
    let directory: Directory = adding::outline(adding::sources(&dir)?, &dir, context.reading())?;
    lock.follow(directory.pairs());
    written::replace(&file, &lock.render())?;
    if context.wants_json() {
        context.output.json(&json!({ "files": [shown(&file)] }));
    } else {
        context.output.data(&format!("wrote {}, with the lines of both sides", file.display()));
    }
    Ok(())
}

/// Goes up to where the database is: nothing is applied on the way, and rows are brought in line.
async fn heal(diagnosis: &Diagnosis, context: &Context<'_>) -> Result<(), Problem> {
    let Some(applied) = &diagnosis.applied else { return Ok(()) };
    let goal = Goal::up(Target::Migration(applied.to_string()));
    let report = context.watched(context.migrator()?.run(context.url()?.into(), goal)).await?;
    if context.wants_json() {
        context.output.json(&report);
    } else {
        up::healed(context, &report);
    }
    Ok(())
}
