//! Reading a plan file, and finding what was changed in it.

use std::str::FromStr;

use super::write::{OPEN, first_line, word};
use super::{BadPlanFile, BadPlanFileKind, Basis, Holding, PlanFile, PlannedHeal, PlannedRepeat, PlannedStep, VERSION};
use crate::checksum::{Checksum, normalised};
use crate::migration::{Direction, MigrationId, SetName, Slug};
use crate::plan::{Goal, Policy, Verdict};
use crate::target::Target;
use crate::variables::Values;

type Read<T> = Result<T, BadPlanFile>;

impl PlanFile {
    /// Reads a plan file. One that was edited in as much as one byte is refused.
    pub fn parse(text: &str) -> Result<PlanFile, BadPlanFile> {
        let mut lines = Lines { rest: text, line: 1, sql_edited: None };
        version(&mut lines)?;
        let stated = lines.field("checksum", "the checksum of the plan")?;
        let found = Checksum::of_bytes(lines.rest.as_bytes());
        if stated != found.to_string() {
            return Err(edited(&lines, stated, found));
        }
        if !text.starts_with(&first_line()) {
            return Err(BadPlanFile { line: 1, kind: BadPlanFileKind::LineEndings });
        }
        let plan = plan(&mut lines)?;
        lines.sql_edited.map_or(Ok(plan), Err)
    }
}

/// Text that is read line by line.
#[derive(Debug, Clone)]
struct Lines<'t> {
    rest: &'t str,
    /// The number of the line that is next.
    line: usize,
    /// The first SQL that is not what its file's checksum says.
    sql_edited: Option<BadPlanFile>,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<&'t str> {
        let (line, rest) = self.rest.split_once('\n')?;
        (self.rest, self.line) = (rest, self.line + 1);
        Some(line)
    }

    /// Returns the key of the field that is next.
    fn key(&self) -> Option<&'t str> {
        self.rest.strip_prefix("-- ")?.split('\n').next()?.split_once(": ").map(|(key, _)| key)
    }

    /// Reads the value of a field that must be there.
    fn field(&mut self, key: &str, expected: &'static str) -> Read<String> {
        self.optional(key).ok_or_else(|| self.unexpected(expected))
    }

    /// Reads the value of a field, if it is next.
    fn optional(&mut self, key: &str) -> Option<String> {
        let mut value = self.on_one_line(key)?.to_owned();
        while let Some(more) = self.rest.strip_prefix("--   ") {
            let line = more.split('\n').next()?;
            value.push('\n');
            value.push_str(line);
            self.next()?;
        }
        Some(value)
    }

    /// Reads the value of a field of one line, if it is next.
    fn on_one_line(&mut self, key: &str) -> Option<&'t str> {
        if self.key() != Some(key) {
            return None;
        }
        self.next()?.get("-- ".len() + key.len() + ": ".len()..)
    }

    fn all(&mut self, key: &str) -> Vec<String> {
        std::iter::from_fn(|| self.optional(key)).collect()
    }

    /// Reads a field that is one word of a type.
    fn parsed<T: FromStr>(&mut self, key: &str, expected: &'static str) -> Read<T> {
        let here = self.clone();
        self.field(key, expected)?.parse().map_err(|_| here.unexpected(expected))
    }

    fn empty(&mut self) -> Read<()> {
        let here = self.clone();
        match self.next() {
            Some("") => Ok(()),
            _ => Err(here.unexpected("an empty line")),
        }
    }

    fn unexpected(&self, expected: &'static str) -> BadPlanFile {
        BadPlanFile { line: self.line, kind: BadPlanFileKind::Unexpected { expected } }
    }
}

fn version(lines: &mut Lines<'_>) -> Read<()> {
    let bad = |kind| Err(BadPlanFile { line: 1, kind });
    let stated = lines.next().and_then(|line| line.strip_prefix("-- dunlin plan "));
    match stated.map(|stated| stated.trim_end_matches('\r')) {
        Some(text) if text == VERSION.to_string() => Ok(()),
        Some(text) => match text.parse() {
            Ok(found) if found > VERSION => bad(BadPlanFileKind::Newer { found }),
            _ => bad(BadPlanFileKind::NotAPlan),
        },
        None => bad(BadPlanFileKind::NotAPlan),
    }
}

/// Says what was changed, as closely as that can be told.
fn edited(lines: &Lines<'_>, stated: String, found: Checksum) -> BadPlanFile {
    let line = lines.line - 1;
    let same = Checksum::of_bytes(normalised(lines.rest).as_bytes()).to_string();
    if same == stated.trim_end_matches('\r') {
        return BadPlanFile { line: 1, kind: BadPlanFileKind::LineEndings };
    }
    let mut lines = lines.clone();
    // What cannot be read says less than that it was edited.
    let _ = plan(&mut lines);
    lines.sql_edited.unwrap_or(BadPlanFile { line, kind: BadPlanFileKind::Edited { stated, found } })
}

fn plan(lines: &mut Lines<'_>) -> Read<PlanFile> {
    // What is for people ends with an empty line.
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    let mut plan = head(lines)?;
    while !lines.rest.is_empty() {
        lines.empty()?;
        match lines.key() {
            Some("heal") if plan.steps.is_empty() && plan.repeats.is_empty() => plan.heals.push(heal(lines)?),
            Some("repeat") => plan.repeats.push(repeat(lines)?),
            Some(key) if key.starts_with("step ") && plan.repeats.is_empty() => plan.steps.push(step(lines, key)?),
            _ => return Err(lines.unexpected("a step, a repeatable file or the end")),
        }
    }
    Ok(plan)
}

fn head(lines: &mut Lines<'_>) -> Read<PlanFile> {
    let tool_version = lines.field("dunlin", "the version of the dunlin that made the plan")?;
    let here = lines.clone();
    let set = lines.field("set", "the set")?;
    let set = SetName::new(set).map_err(|_| here.unexpected("the name of a set"))?;
    let engine = lines.parsed("engine", "the engine")?;
    let here = lines.clone();
    let goal = lines.field("goal", "the goal")?;
    let goal = self::goal(&goal).ok_or_else(|| here.unexpected("a direction and a target"))?;
    let here = lines.clone();
    let policy = lines.field("policy", "what was allowed")?;
    let policy = self::policy(&policy).ok_or_else(|| here.unexpected("what was allowed and what was not"))?;
    let from = places(lines.all("from"));
    let to = places(lines.all("to"));
    let (event, hash) = numbered(lines, "event", "the number and the hash of the last event")?;
    let here = lines.clone();
    let (rows, digest) = numbered(lines, "rows", "the number and the digest of the rows")?;
    let digest = digest.ok_or_else(|| here.unexpected("the digest of the rows"))?;
    let basis = Basis { heads: from, event, hash, rows, digest };
    let (warnings, forgets) = (lines.all("warning"), lines.all("forget"));
    let (heals, steps, repeats) = (Vec::new(), Vec::new(), Vec::new());
    Ok(PlanFile { tool_version, set, engine, goal, policy, basis, to, warnings, heals, forgets, steps, repeats })
}

fn goal(text: &str) -> Option<Goal> {
    let (way, target) = text.split_once(' ')?;
    let target = Target::parse(target).ok()?;
    let ways = [Goal::up, Goal::down, Goal::to];
    ways.map(|goal| goal(target.clone())).into_iter().find(|goal| goal.verb() == way)
}

fn policy(text: &str) -> Option<Policy> {
    let verdict = |text: &str, what: &str| {
        let text = text.strip_prefix(what)?.strip_prefix(' ')?;
        [Verdict::Refuse, Verdict::Warn].into_iter().find(|verdict| word(*verdict) == text)
    };
    let mut parts = text.split(", ");
    let out_of_order = verdict(parts.next()?, "out-of-order")?;
    let missing = verdict(parts.next()?, "missing")?;
    let ahead = verdict(parts.next()?, "ahead")?;
    parts.next().is_none().then_some(Policy { out_of_order, missing, ahead, ..Policy::default() })
}

fn places(mut heads: Vec<String>) -> Vec<String> {
    heads.retain(|head| head != "base");
    heads
}

fn numbered<N: FromStr>(lines: &mut Lines<'_>, key: &str, expected: &'static str) -> Read<(N, Option<Checksum>)> {
    let here = lines.clone();
    let text = lines.field(key, expected)?;
    let (n, checksum) = text.split_once(' ').map_or((&*text, None), |(n, checksum)| (n, Some(checksum)));
    match (n.parse(), checksum.map(str::parse).transpose()) {
        (Ok(n), Ok(checksum)) => Ok((n, checksum)),
        _ => Err(here.unexpected(expected)),
    }
}

fn heal(lines: &mut Lines<'_>) -> Read<PlannedHeal> {
    let here = lines.clone();
    let named = lines.field("heal", "a heal")?;
    let (id, slug) = name(&named).ok_or_else(|| here.unexpected("a migration's name"))?;
    let from = lines.parsed("was", "the checksum that the row holds")?;
    let (up, down) = ways(lines)?;
    Ok(PlannedHeal { id, slug, from, up, down })
}

fn step(lines: &mut Lines<'_>, key: &str) -> Read<PlannedStep> {
    let here = lines.clone();
    let named = lines.field(key, "a step")?;
    let named = named.split_once(' ').and_then(|(way, named)| Some((direction(way)?, name(named)?)));
    let (direction, (id, slug)) = named.ok_or_else(|| here.unexpected("a direction and a migration's name"))?;
    let file = lines.field("file", "the file of the step")?;
    let here = lines.clone();
    let parents = lines.field("revises", "what the migration revises")?;
    let parents = parents.split(", ").filter(|parent| *parent != "base").map(str::parse).collect::<Result<_, _>>();
    let parents = parents.map_err(|_| here.unexpected("the ids of migrations"))?;
    let (up, down) = ways(lines)?;
    let checksum = match direction {
        Direction::Up => up,
        Direction::Down => down.unwrap_or(up),
    };
    let (holding, values, sql) = body(lines, &file, checksum)?;
    Ok(PlannedStep { direction, id, slug, file, parents, up, down, holding, values, sql })
}

fn direction(text: &str) -> Option<Direction> {
    [Direction::Up, Direction::Down].into_iter().find(|way| way.to_string() == text)
}

/// Takes `<id>_<slug>` apart.
fn name(text: &str) -> Option<(MigrationId, Slug)> {
    let (id, slug) = text.split_once('_')?;
    Some((id.parse().ok()?, slug.into()))
}

fn repeat(lines: &mut Lines<'_>) -> Read<PlannedRepeat> {
    let name = lines.field("repeat", "a repeatable file")?;
    let file = lines.field("file", "the file")?;
    let checksum = lines.parsed("checksum", "the checksum of the file")?;
    let (holding, values, sql) = body(lines, &file, checksum)?;
    Ok(PlannedRepeat { name, file, checksum, holding, values, sql })
}

fn ways(lines: &mut Lines<'_>) -> Read<(Checksum, Option<Checksum>)> {
    let up = lines.parsed("up", "the checksum of the way up")?;
    let here = lines.clone();
    let expected = "the checksum of the way down, or `-`";
    match &*lines.field("down", expected)? {
        "-" => Ok((up, None)),
        down => Ok((up, Some(down.parse().map_err(|_| here.unexpected(expected))?))),
    }
}

fn body(lines: &mut Lines<'_>, file: &str, checksum: Checksum) -> Read<(Holding, Values, String)> {
    let here = lines.clone();
    let holding = lines.field("transaction", "which transaction holds it")?;
    let holding = Holding::ALL.into_iter().find(|known| known.to_string() == holding);
    let holding = holding.ok_or_else(|| here.unexpected("which transaction holds it"))?;
    let mut values = Values::new();
    loop {
        let here = lines.clone();
        let Some(pair) = lines.optional("var") else { break };
        let pair = pair.split_once('=').and_then(|(name, value)| Some((name.parse().ok()?, value.to_owned())));
        let (name, value) = pair.ok_or_else(|| here.unexpected("the name and the value of a variable"))?;
        values.insert(name, value);
    }
    let here = lines.clone();
    let expected = "the number of the lines of SQL";
    // A comment that begins the SQL is no part of the field.
    let number = lines.on_one_line("lines").ok_or_else(|| here.unexpected(expected))?;
    let (number, is_open) = number.strip_suffix(OPEN).map_or((number, false), |number| (number, true));
    let number: usize = number.parse().map_err(|_| here.unexpected(expected))?;
    let begin = lines.clone();
    for _ in 0..number {
        lines.next().ok_or_else(|| here.unexpected("as many lines of SQL as there are below"))?;
    }
    let sql = &begin.rest[..begin.rest.len() - lines.rest.len()];
    let sql = sql.strip_suffix('\n').filter(|_| is_open).unwrap_or(sql).to_owned();
    // With values in it, it is not the text of the file.
    if values.is_empty() && Checksum::of_text(&sql) != checksum {
        let kind = BadPlanFileKind::SqlEdited { file: file.to_owned() };
        lines.sql_edited.get_or_insert(BadPlanFile { line: begin.line, kind });
    }
    Ok((holding, values, sql))
}
