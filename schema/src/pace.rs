//! Whether tables may be locked for as long as they are large.

use crate::diff::diff;
use crate::plan::{Manner, Plan, plan};
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::schema::Schema;

/// The directive of a file whose statements run one by one.
pub(crate) const NO_TRANSACTION: &str = "transaction none";

/// Whether tables may be locked for as long as they are large.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pace {
    /// They may: one migration leads there.
    #[default]
    AtOnce,
    /// Others go on reading and writing what is there. That may take several migrations.
    Online,
}

/// Plans the way from one schema to another as migrations that follow one another. There is none where nothing differs.
pub fn plans(from: &Schema, to: &Schema, rules: &dyn Rules, manner: Manner, pace: Pace) -> Result<Vec<Plan>, Refusal> {
    let online = match pace {
        Pace::Online => rules.online_plans(from, to, manner),
        Pace::AtOnce => None,
    };
    let mut plans = online.unwrap_or_else(|| Ok(vec![plan(from, to, rules, manner)?]))?;
    plans.retain(|plan| !plan.is_empty());
    match diff(from, to).first() {
        Some(left) if plans.is_empty() => Err(Refusal {
            object: left.fact().title(),
            what: "it is not what it is to be".to_owned(),
            why: "no statement is known that changes it alone".to_owned(),
            instead: "write its migration by hand".to_owned(),
        }),
        _ => Ok(plans),
    }
}

/// Puts plans that follow one another into one file. What wants more than one transaction gets one for each statement.
pub fn in_one_file(plans: Vec<Plan>) -> Plan {
    let are_several = plans.len() > 1;
    let mut all = plans.into_iter().fold(Plan::default(), Plan::and);
    if are_several {
        all.directives.push(NO_TRANSACTION);
        all.directives.sort_unstable();
        all.directives.dedup();
        for step in &mut all.steps {
            // What holds for a transaction is to hold for all of them.
            if let Some(setting) = step.sql.strip_prefix("set local ") {
                step.sql = format!("set {setting}");
            }
        }
    }
    all
}
