use dunlin::core::fault::Faults;
use dunlin::core::migration::{BadId, BadLabel, BadSetName, MigrationId};
use dunlin::core::plan::PlanError;
use dunlin::core::text::list;

/// Why there is no new migration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotAdd {
    #[error("the migration has no name")]
    NoWords,
    #[error("`{0}` has no letter or digit that could be in a file's name")]
    NoLetters(String),
    #[error("there are {} heads: {}", .0.len(), list(.0))]
    SeveralHeads(Vec<String>),
    #[error("`{name}` is no head: {} it", revise(.by))]
    NoHead { name: String, by: Vec<String> },
    #[error("it cannot revise both `{ancestor}` and `{parent}`, for `{parent}` comes after `{ancestor}` already")]
    Ancestor { ancestor: String, parent: String },
    #[error("a merge joins two or more{}", .0.first().map_or(String::new(), |one| format!(", and `{one}` is one")))]
    OneToMerge(Vec<String>),
    #[error("`base` is no parent, and cannot stand beside one")]
    BaseBesideOthers,
    #[error("`{0}` means several migrations, and it can depend only on one: {list}", list = list(.1))]
    SeveralDependencies(String, Vec<String>),
    #[error(transparent)]
    BadId(#[from] BadId),
    #[error(transparent)]
    BadLabel(#[from] BadLabel),
    #[error(transparent)]
    BadSetName(#[from] BadSetName),
    #[error("the id `{id}` is taken by `{by}`")]
    IdTaken { id: MigrationId, by: String },
    #[error("the id `{id}` is a label of `{by}`")]
    IdIsLabel { id: MigrationId, by: String },
    #[error(
        "the id `{id}` stands before `{chain}`, which states no `revises` and so must come before every file that does"
    )]
    IdBeforeChain { id: MigrationId, chain: String },
    #[error("the label `{0}` was given twice")]
    LabelTwice(String),
    #[error("the label `{label}` is taken by `{by}`")]
    LabelTaken { label: String, by: String },
    #[error("the label `{label}` is the id of {}", list([.by]))]
    LabelIsId { label: String, by: String },
    #[error("no id follows from `{last}`, the last one")]
    NoNextId { last: MigrationId },
    #[error(transparent)]
    Target(#[from] PlanError),
    #[error("the reason is empty")]
    NoReason,
    #[error("the migrations changed while this one was planned, so nothing was written")]
    MovedMeanwhile,
    #[error("{0}")]
    Template(Faults),
}

fn revise(names: &[String]) -> String {
    format!("{} {}", list(names), if names.len() == 1 { "revises" } else { "revise" })
}

impl CannotAdd {
    pub(crate) fn hints(&self) -> Vec<String> {
        vec![match self {
            CannotAdd::NoWords | CannotAdd::NoLetters(_) => "say what it does: `dunlin new create users`".to_owned(),
            CannotAdd::SeveralHeads(heads) => {
                let ids: Vec<&str> = heads.iter().filter_map(|name| name.split('_').next()).collect();
                let one = ids.first().copied().unwrap_or_default();
                let (merge, rebase) = match ids[..] {
                    [one, other] => (format!("merge {one} {other}"), format!("rebase {other} --onto {one}")),
                    _ => ("merge".to_owned(), "rebase".to_owned()),
                };
                format!(
                    "`--head {one}` goes on from one; `dunlin {merge}` joins them, `dunlin {rebase}` puts one after the other"
                )
            }
            CannotAdd::NoHead { .. } => "`dunlin new --splice` lets the line part there".to_owned(),
            CannotAdd::MovedMeanwhile => "run it again".to_owned(),
            CannotAdd::NoNextId { .. } => "give one with `--id`".to_owned(),
            CannotAdd::IdBeforeChain { .. } => "give one that comes after it with `--id`".to_owned(),
            CannotAdd::Target(error) => return error.hints(),
            CannotAdd::Template(faults) => return faults.hints(),
            _ => return Vec::new(),
        }]
    }
}
