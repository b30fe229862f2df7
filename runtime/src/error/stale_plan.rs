use dunlin_core::plan_file::Moved;

use crate::report::Report;

/// Why a plan that was made before is not run: something is not as it was then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", message(self))]
#[non_exhaustive]
pub struct StalePlan {
    /// Whether the database has everything that is in the plan.
    pub is_done: bool,
    /// What is not as it was.
    pub moved: Vec<Moved>,
    /// What of the plan was done before that was noticed: nothing, but where somebody came in between.
    pub report: Report,
}

fn message(stale: &StalePlan) -> String {
    let so_far = stale.report.steps.len();
    let first = match (stale.is_done, so_far) {
        (true, 0) => "everything in the plan is done already".to_owned(),
        (_, 0) => "the plan no longer holds".to_owned(),
        (..) => format!("the plan no longer holds, and {} of it was taken", dunlin_core::text::count(so_far, "step")),
    };
    stale.moved.iter().fold(first, |message, moved| format!("{message}\n{moved}"))
}

impl StalePlan {
    /// Returns the ways out.
    pub fn hints(&self) -> Vec<String> {
        let elsewhere = |moved: &Moved| matches!(moved, Moved::Engine { .. } | Moved::Set { .. });
        vec![if self.is_done {
            "nothing of it is left to be done; `dunlin status` shows how the database stands".to_owned()
        } else if self.moved.iter().any(elsewhere) {
            "run it where it was made for; `-v` tells which database and which files a command takes".to_owned()
        } else {
            "make it anew with `dunlin plan --out <file>`, and review that".to_owned()
        }]
    }
}
