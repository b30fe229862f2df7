use std::io::Read as _;
use std::path::Path;

use dunlin::Dialect;

use super::Fleet;
use crate::context::Context;
use crate::database_url::DatabaseUrl;
use crate::options::Options;
use crate::problem::Problem;
use crate::settings::{Settings, Tenant, Url};

/// The databases that a verb is to run on.
pub(crate) struct Members<'m> {
    pub(super) list: Vec<Member>,
    /// What a fleet has in common; the databases of `dunlin.toml` need not have the same migrations.
    pub(super) shared: Option<Box<Context<'m>>>,
}

/// One of them.
pub(super) struct Member {
    /// What it is called in front of every line.
    pub(super) name: String,
    pub(super) settings: Box<Settings>,
}

impl<'m> Members<'m> {
    /// Takes databases of `dunlin.toml`, in its order.
    pub(crate) fn of_file(each: Vec<Settings>) -> Members<'m> {
        let member = |settings: Settings| {
            let name = settings.database.clone().unwrap_or_default();
            Member { name, settings: Box::new(settings) }
        };
        Members { list: each.into_iter().map(member).collect(), shared: None }
    }

    /// Takes the fleet that the options name, in the order of the rows or lines. One that is named twice is taken once.
    pub(crate) async fn of_fleet(options: &Options, shared: Context<'m>) -> Result<Members<'m>, Problem> {
        let Fleet { each, each_path, each_url, .. } = &options.fleet;
        let list = match (each, each_url) {
            (Some(query), _) => tenants(query, each_path, &shared).await?,
            (None, Some(_)) if options.url.is_some() => {
                return Err(Problem::Usage("`--each-url` names the databases, so `--url` cannot"));
            }
            (None, Some(file)) => urls(file, &shared.settings)?,
            (None, None) => Vec::new(),
        };
        Ok(Members { list, shared: Some(Box::new(shared)) })
    }

    /// Says whether they have the same migrations and nothing to do with one another.
    pub(super) fn are_fleet(&self) -> bool {
        self.shared.is_some()
    }

    /// Says whether they are parts of one server.
    pub(super) fn are_tenants(&self) -> bool {
        self.list.iter().any(|member| member.settings.tenant.is_some())
    }
}

async fn tenants(query: &str, path: &[String], shared: &Context<'_>) -> Result<Vec<Member>, Problem> {
    if shared.settings.history_schema.is_some() {
        return Err(Problem::Usage("with `--each` the history of each tenant is its own; leave `history-schema` out"));
    }
    let database = shared.database()?;
    if !path.is_empty() && database.dialect() != Dialect::Postgres {
        return Err(Problem::Usage("`--each-path` is for PostgreSQL, where a tenant is a schema"));
    }
    let names = shared.watched(database.tenants(query)).await?;
    let member = |name: String| {
        let tenant = Some(Tenant { name: name.clone(), path: path.to_owned() });
        Member { name, settings: Box::new(Settings { tenant, ..shared.settings.clone() }) }
    };
    Ok(names.into_iter().map(member).collect())
}

/// Reads a URL a line. What stands in a line that is none is not shown: it may be a secret.
fn urls(file: &Path, shared: &Settings) -> Result<Vec<Member>, Problem> {
    let unreadable = |source| Problem::File { path: file.to_owned(), source };
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text).map_err(unreadable)?
    } else {
        std::fs::read_to_string(file).map_err(unreadable)?
    };
    let (mut members, mut odd): (Vec<Member>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut known = std::collections::HashSet::new();
    let lines = text.lines().map(str::trim).enumerate();
    for (n, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        if Dialect::of_url(line).is_none() {
            odd.push(n + 1);
        } else if known.insert(line) {
            let url = DatabaseUrl::from(line);
            let (name, from) = (url.to_string(), format!("{}:{}", file.display(), n + 1));
            // What leads past a pooler leads to one database, not to each of these.
            let settings = Settings { url: Some(Url::Known { url, from }), direct_url: None, ..shared.clone() };
            members.push(Member { name, settings: Box::new(settings) });
        }
    }
    if odd.is_empty() { Ok(members) } else { Err(Problem::OddLines { file: file.to_owned(), lines: odd }) }
}
