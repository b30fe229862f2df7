use dunlin::core::migration::MigrationId;
use dunlin::core::text::count;
use serde_json::{Value, json};

use super::complaint::Complaint;
use super::{database, files};
use crate::context::Context;
use crate::output::Output;
use crate::problem::Problem;

/// How things stand, and what is wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Diagnosis {
    /// Sentences.
    pub(super) standing: Vec<String>,
    pub(super) complaints: Vec<Complaint>,
    /// A migration that the database has; nothing is applied on the way to it.
    pub(super) applied: Option<MigrationId>,
}

impl Diagnosis {
    /// Looks at the files, and at the database if one is named.
    pub(super) async fn of(context: &Context<'_>) -> Result<Diagnosis, Problem> {
        let mut diagnosis = Diagnosis::default();
        let are_readable = files::look(context, &mut diagnosis)?;
        database::look(context, are_readable, &mut diagnosis).await?;
        // What stands in the way comes first.
        diagnosis.complaints.sort_by_key(|complaint| !complaint.is_trouble());
        Ok(diagnosis)
    }

    /// Returns how many complaints are more than a note.
    pub(super) fn troubles(&self) -> usize {
        self.complaints.iter().filter(|complaint| complaint.is_trouble()).count()
    }

    pub(super) fn write(&self, output: &Output) {
        for sentence in &self.standing {
            output.data(&dunlin::redacted(&output.with_own_name(sentence)));
        }
        self.complaints.iter().for_each(|complaint| complaint.write(output));
    }

    /// Says how bad it is, and what the doctor could do.
    pub(super) fn summary(&self) -> String {
        let repairs = self.complaints.iter().filter(|complaint| complaint.repair.is_some()).count();
        let wrong = match self.troubles() {
            0 => return "nothing is wrong".to_owned(),
            1 => "1 thing is wrong".to_owned(),
            several => format!("{} are wrong", count(several, "thing")),
        };
        match repairs {
            0 => wrong,
            _ if repairs < self.troubles() => format!("{wrong}; `dunlin doctor --fix` repairs {repairs} of them"),
            1 => format!("{wrong}; `dunlin doctor --fix` repairs it"),
            _ => format!("{wrong}; `dunlin doctor --fix` repairs them"),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let standing: Vec<String> = self.standing.iter().map(|sentence| dunlin::redacted(sentence)).collect();
        let complaints: Vec<Value> = self.complaints.iter().map(Complaint::to_json).collect();
        json!({ "healthy": self.troubles() == 0, "standing": standing, "complaints": complaints })
    }
}
