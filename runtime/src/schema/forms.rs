//! The form of a statement with which a server goes on serving others.
//!
//! Which changes of a table MySQL makes in its place depends on the server, its version and the table. So it is asked: a statement is
//! tried in its best form first, on a scratch database.

use dunlin_schema::{Hazard, Plan, Rules, Schema, Step};

use super::error::SchemaError;
use super::scratch::{Ground, Scratch};

/// Gives every statement that has other forms the first that the server takes. What it takes in none of them is labelled.
pub(super) async fn choose(
    plans: &mut [Plan],
    from: &Schema,
    rules: &dyn Rules,
    ground: &Ground,
) -> Result<(), SchemaError> {
    let has_forms = |step: &Step| rules.online_forms(step, from).is_some();
    if !plans.iter().flat_map(|plan| &plan.steps).any(has_forms) {
        return Ok(());
    }
    Scratch::within(ground, async |scratch| choose_in(scratch, plans, from, rules).await).await
}

async fn choose_in(
    scratch: &mut Scratch,
    plans: &mut [Plan],
    from: &Schema,
    rules: &dyn Rules,
) -> Result<(), SchemaError> {
    scratch.make(from, rules).await?;
    for step in plans.iter_mut().flat_map(|plan| &mut plan.steps) {
        let forms = rules.online_forms(step, from);
        let mut refused = None;
        let mut taken = None;
        for form in forms.iter().flatten() {
            match scratch.run(form).await? {
                Ok(()) => {
                    taken = Some(form.clone());
                    break;
                }
                Err(error) => refused = Some(error.message),
            }
        }
        if let Some(form) = taken {
            step.sql = form;
            continue;
        }
        if scratch.run(&step.sql).await?.is_err() {
            // The proof says what is wrong with it.
            return Ok(());
        }
        if forms.is_some() {
            step.hazards.push(Hazard::locks(step.about.clone(), locked(refused.as_deref())));
        }
    }
    Ok(())
}

/// Says that a table is locked, with what the server says about it, in one line.
fn locked(refused: Option<&str>) -> String {
    let why = refused.map(|why| why.split_whitespace().collect::<Vec<_>>().join(" "));
    let why = why.map_or_else(String::new, |why| format!(", for the server says: {}", why.trim_end_matches('.')));
    format!("is locked while it is copied{why}")
}
