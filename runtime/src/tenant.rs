//! One of many that share a server and these migrations.

use dunlin_core::dialect::Dialect;

use crate::connect::{Connect, Inside};
use crate::error::Error;
use crate::options::Options;

/// Who is migrated, of the many in one place: on PostgreSQL a schema, on MySQL a database.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) name: String,
}

/// Leads a URL to the tenant that the options name.
pub(crate) fn lead<'c>(database: Connect<'c>, options: &Options) -> Result<Connect<'c>, Error> {
    let Some(tenant) = &options.tenant else { return Ok(database) };
    let refused = |why| Err(Error::TenantRefused { why });
    if options.history_schema.is_some() {
        return refused("in one history schema all of them would share one history");
    }
    if !database.is_url() {
        return refused("a pool or a connection is that of one already");
    }
    match database.dialect()? {
        Dialect::Sqlite => refused("of SQLite each is a file, with a URL of its own"),
        Dialect::Mysql => Ok(database.inside(Inside::Database(tenant.name.clone()))),
        Dialect::Postgres => {
            let schemas = std::iter::once(&tenant.name).chain(&options.tenant_path);
            let path: Vec<String> = schemas.map(|schema| Dialect::Postgres.quote(schema)).collect();
            // What leads past a pooler is the way for all: a pooler cannot keep a search path.
            let database = options.direct_url.as_deref().map_or(database, Connect::from);
            Ok(database.inside(Inside::SearchPath(path.join(", "))))
        }
    }
}
