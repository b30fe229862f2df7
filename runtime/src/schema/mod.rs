//! Schemas: what migrations make, what a text declares, what a database has, and the way from one to another.
//!
//! [`Schemas`] is where it begins. The crate `dunlin-schema` compares and plans; here catalogues are read (`introspect.rs`),
//! scratch databases made (`scratch.rs`), texts loaded into them (`declared.rs`), and what was planned is proved before anybody
//! is given it (`proof.rs`). Another engine needs its rules in that crate, a way into a scratch database, and the query for its
//! catalogue.

mod cache;
mod declarations;
mod declared;
mod dump;
mod error;
mod fingerprint;
mod forms;
mod introspect;
#[cfg(feature = "mysql")]
mod mysql;
mod past;
#[cfg(feature = "postgres")]
mod postgres;
mod proof;
mod proposal;
mod renaming;
mod scratch;
mod settled;
mod squash;
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use dunlin_core::dialect::Dialect;
use dunlin_core::directory::{Directory, Pair};
use dunlin_core::migration::Direction;
use dunlin_core::statements::split;
use dunlin_core::target::Target;
pub use dunlin_schema as engine;
use dunlin_schema::{Grants, Ignored, Pace, Schema, rules};

use self::cache::{Cache, Key};
pub use self::declared::{Declared, SchemaFile};
pub use self::dump::{Dump, Unmodelled};
pub use self::error::{LeftBehind, SchemaError, Way};
pub use self::fingerprint::{Fingerprints, Likeness};
use self::introspect::Catalogue;
use self::past::Past;
pub use self::proposal::Proposal;
use self::scratch::{Ground, Scratch, Server};
pub use self::squash::{Squashed, WaysBack};
pub use self::testing::{
    MigrationTest, StateTest, TestFault, TestFile, TestOutcome, TestProgress, TestReport, TestStage, Tests,
};
use crate::connect::Connect;
use crate::error::Error;
use crate::migrations::Migrations;
use crate::migrator::Migrator;
use crate::options::{Journal, Options};
use crate::report::{MigrationState, Status};

/// The schemas of one engine that have to do with migrations.
#[derive(Debug)]
pub struct Schemas<'m> {
    migrator: &'m Migrator<'m>,
    dialect: Dialect,
    ignored: Ignored,
    ground: Ground,
    cache: Option<Cache>,
    pace: Pace,
}

/// What a live database differs in from what its applied migrations make.
#[derive(Debug)]
pub struct Drift {
    /// What the applied migrations make.
    pub expected: Schema,
    /// What is there.
    pub found: Schema,
    /// Tables and views that none of these migrations made. They are nobody's business here.
    pub strangers: Vec<String>,
}

impl Drift {
    /// Returns what differs: added is what is there and should not be.
    pub fn deltas(&self) -> Vec<engine::Delta<'_>> {
        engine::diff(&self.expected, &self.found)
    }
}

impl<'m> Schemas<'m> {
    /// Begins with migrations, on an engine. What is ignored is never seen.
    pub fn new(migrator: &'m Migrator<'m>, dialect: Dialect, ignored: Ignored) -> Schemas<'m> {
        let ground = Ground {
            dialect,
            server: None,
            grants: Grants::default(),
            past: None,
            stop: migrator.options.stop.clone(),
        };
        Schemas { migrator, dialect, ignored, ground, cache: None, pace: Pace::default() }
    }

    /// Makes scratch databases on the server of this database, beside it. SQLite needs none.
    ///
    /// Migrations are replayed there, so those that reach out of their database are refused.
    pub fn scratch_beside(mut self, url: impl Into<String>) -> Schemas<'m> {
        self.ground.server = Some(Server::Shared(url.into()));
        self
    }

    /// Makes scratch databases on a server that is there for this.
    pub fn scratch_on(mut self, url: impl Into<String>) -> Schemas<'m> {
        self.ground.server = Some(Server::Own(url.into()));
        self
    }

    /// Keeps in a folder what files made of scratch databases, so that it is looked up there the next time. That the files are the
    /// same, and the server, is made sure of; what a migration reads from elsewhere, or from a clock, is not seen.
    pub fn cached_in(mut self, folder: impl Into<PathBuf>) -> Schemas<'m> {
        self.cache = Some(Cache::new(folder.into()));
        self
    }

    /// Says that what is proposed leads from what the migrations make up to a target: where a scratch database cannot be made of what was
    /// read of that, they are run in it.
    pub fn behind(mut self, target: Target) -> Result<Schemas<'m>, Error> {
        let options = Options { history_prefix: past::HISTORY_PREFIX.to_owned(), ..self.bare_options() };
        let past = Past { migrations: self.bare()?, options, target, ignored: self.ignored.clone() };
        self.ground.past = Some(Arc::new(past));
        Ok(self)
    }

    /// Has grants and owners compared and planned like all else, or not. PostgreSQL alone has them in a database.
    pub fn grants(mut self, grants: Grants) -> Schemas<'m> {
        self.ground.grants = grants;
        self
    }

    /// Has what is planned lock tables or not: [`Schemas::propose`] may take several migrations then.
    pub fn pace(mut self, pace: Pace) -> Schemas<'m> {
        self.pace = pace;
        self
    }

    /// Returns the same for other migrations.
    pub fn beside<'o>(&self, migrator: &'o Migrator<'o>) -> Schemas<'o> {
        let (ignored, ground, cache) = (self.ignored.clone(), self.ground.clone(), self.cache.clone());
        Schemas { migrator, dialect: self.dialect, ignored, ground, cache, pace: self.pace }
    }

    /// Returns what the migrations up to a target make of an empty database. Repeatable files are left out: they stand for
    /// themselves.
    pub async fn of_migrations(&self, target: Target) -> Result<Schema, SchemaError> {
        Box::pin(self.replayed(vec![target])).await
    }

    /// Returns what texts declare, loaded into an empty database.
    pub async fn of_files(&self, files: &[SchemaFile]) -> Result<Declared, SchemaError> {
        let texts: Vec<&str> = files.iter().map(|file| &*file.text).collect();
        let key = self.key("declared", &texts).await?;
        let cache = self.cache.as_ref().zip(key.as_ref());
        let mut declared = Box::pin(declared::load(files, rules(self.dialect), &self.ground, cache)).await?;
        declared.schema = self.seen(&declared.schema);
        Ok(declared)
    }

    /// Returns what a database has.
    ///
    /// Fails if there is none: an empty schema would be that of another database.
    pub async fn of_database(&self, database: impl Into<Connect<'_>>) -> Result<Schema, SchemaError> {
        let database = database.into();
        let missing = SchemaError::no_database(&database);
        let Some(mut session) = self.migrator.open_to_read(database).await? else { return Err(missing) };
        let schema = introspect::read(&mut *session, self.dialect).await;
        session.close().await;
        Ok(self.seen(&schema?))
    }

    /// Returns what the migrations make that are applied to a database.
    ///
    /// Fails if that cannot be known: a migration that is applied has no file, or is unfinished.
    pub async fn of_applied(&self, database: impl Into<Connect<'_>>) -> Result<Schema, SchemaError> {
        let status = self.migrator.status(database).await?;
        is_whole(&status)?;
        let heads: Vec<Target> = status.heads.iter().map(|head| Target::Migration(head.to_string())).collect();
        Box::pin(self.replayed(heads)).await
    }

    /// Compares a database with what the migrations make that are applied to it. Fails if there is none.
    pub async fn drift(&self, mut database: Connect<'_>) -> Result<Drift, SchemaError> {
        let expected = self.of_applied(database.again()).await?;
        let all = self.of_database(database).await?;
        let is_ours = |fact: &engine::Fact| expected.get(&fact.id).is_some();
        let strangers =
            all.facts().filter(|fact| fact.parent.is_none() && !is_ours(fact)).map(engine::Fact::title).collect();
        let found = all.only(is_ours);
        let (expected, found) = self.settled(&expected, &found).await?;
        Ok(Drift { expected, found, strangers })
    }

    /// Plans and proves the way from one schema to another, and back.
    pub async fn propose(
        &self,
        from: &Schema,
        to: &Schema,
        renames: &[engine::Rename],
    ) -> Result<Proposal, SchemaError> {
        Box::pin(proposal::propose(from, to, renames, rules(self.dialect), self.pace, &self.ground)).await
    }

    /// Writes a schema down as SQL that makes it. What was written was loaded into a scratch database, and makes the same.
    pub async fn dump(&self, schema: &Schema, grants: Grants, unmodelled: Unmodelled) -> Result<Dump, SchemaError> {
        Box::pin(dump::written(schema, grants, unmodelled, rules(self.dialect), &self.ground)).await
    }

    /// Returns two schemas as they can be compared: where they differ in texts that the engine prints, after both were made anew
    /// from what was printed. Where that cannot be done, they are returned as they are.
    pub async fn settled(&self, from: &Schema, to: &Schema) -> Result<(Schema, Schema), SchemaError> {
        match Box::pin(settled::settled(from, to, rules(self.dialect), &self.ground)).await {
            Err(SchemaError::Refused(_) | SchemaError::NotMade { .. } | SchemaError::NotMadeAnew { .. }) => {
                Ok((from.clone(), to.clone()))
            }
            outcome => outcome,
        }
    }

    /// Plans how a table is made anew as it is, with its rows and all that is part of it: for somebody who is to change what it
    /// says. `None` is that there is no such table.
    pub fn rebuild(&self, schema: &Schema, table: &str) -> Result<Option<engine::Plan>, SchemaError> {
        let id = engine::Id::new(engine::Kind::Table, [engine::folded(table, self.dialect)]);
        Ok(engine::remake(schema, &id, rules(self.dialect))?)
    }

    /// Returns what becomes of a schema when things are renamed.
    pub async fn renamed(&self, from: &Schema, renames: &[engine::Rename]) -> Result<Schema, SchemaError> {
        let behind = Box::pin(renaming::renamed(from, renames, rules(self.dialect), &self.ground)).await?;
        Ok(behind.whole())
    }

    /// Returns the migrations without repeatable files.
    fn bare(&self) -> Result<Migrations, Error> {
        Ok(Migrations::given(self.migrator.migrations.directory()?.clone().without_repeatables()))
    }

    /// Returns the options that mean something to a scratch database: where the database is and who looks after it does not, values of
    /// variables do.
    fn bare_options(&self) -> Options {
        Options {
            values: self.migrator.options.values.clone(),
            stop: self.migrator.options.stop.clone(),
            policy: self.migrator.options.policy,
            history_prefix: self.migrator.options.history_prefix.clone(),
            journal: Journal::LeftOut,
            ..Options::default()
        }
    }

    async fn replayed(&self, targets: Vec<Target>) -> Result<Schema, SchemaError> {
        let bare = self.bare()?;
        let migrator = Migrator { migrations: &bare, options: self.bare_options() };
        let key = self.key_of_migrations(&migrator, &targets).await?;
        let cache = self.cache.as_ref().zip(key.as_ref());
        if let Some(kept) = cache.and_then(|(cache, key)| cache.find(key)) {
            return self.same_each_time(migrator.migrations.directory()?, self.seen(&kept.schema()?));
        }
        let replaying = async |scratch: &mut Scratch| Self::replayed_in(scratch, &migrator, targets).await;
        let catalogue = Scratch::within(&self.ground, replaying).await?;
        if let Some((cache, key)) = cache {
            cache.keep(key, &catalogue);
        }
        self.same_each_time(migrator.migrations.directory()?, self.seen(&catalogue.schema()?))
    }

    async fn replayed_in(
        scratch: &mut Scratch,
        migrator: &Migrator<'_>,
        targets: Vec<Target>,
    ) -> Result<Catalogue, SchemaError> {
        replay(migrator, targets, scratch).await?;
        scratch.catalogue().await
    }

    /// Names all that decides what migrations make; `None` where nothing is kept.
    async fn key_of_migrations(&self, migrator: &Migrator<'_>, targets: &[Target]) -> Result<Option<Key>, SchemaError> {
        let pairs = migrator.migrations.directory()?.pairs();
        let script = |pair: &Pair| Some(pair.up.get(self.dialect)?.checksum.to_string());
        let scripts = pairs.iter().flat_map(|pair| [pair.name(), script(pair).unwrap_or_default()]);
        let values = migrator.options.values.iter().flat_map(|(name, value)| [name.to_string(), value.clone()]);
        let prefix = std::iter::once(migrator.options.history_prefix.clone());
        let targets = targets.iter().map(ToString::to_string);
        let texts: Vec<String> = scripts.chain(values).chain(prefix).chain(targets).collect();
        self.key("migrations", &texts.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    /// Names what texts make; `None` where nothing is kept.
    async fn key(&self, of: &str, texts: &[&str]) -> Result<Option<Key>, SchemaError> {
        match &self.cache {
            Some(cache) => Ok(Some(cache.key(of, &self.ground, texts).await?)),
            None => Ok(None),
        }
    }

    /// Returns a schema if its migrations make the same each time: with anything else, nothing can be compared.
    #[cfg_attr(
        not(feature = "mysql"),
        expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "MySQL alone has events")
    )]
    #[cfg_attr(not(feature = "mysql"), expect(unused_variables, reason = "MySQL alone has events"))]
    fn same_each_time(&self, directory: &Directory, schema: Schema) -> Result<Schema, SchemaError> {
        #[cfg(feature = "mysql")]
        if self.dialect == Dialect::Mysql {
            mysql::same_each_time(directory, &schema)?;
        }
        Ok(schema)
    }

    /// Leaves out what is ignored, and dunlin's own tables; grants and owners are part of it where that is wanted.
    fn seen(&self, schema: &Schema) -> Schema {
        let schema = without_history(&schema.without(&self.ignored), &self.migrator.options.history_prefix);
        self.ground.grants.seen_in(schema)
    }
}

/// Makes sure that it is known what is applied to a database, and that all of it is whole.
fn is_whole(status: &Status) -> Result<(), SchemaError> {
    for migration in &status.migrations {
        match migration.state {
            MigrationState::Unknown => return Err(SchemaError::Ahead { name: migration.name.clone() }),
            MigrationState::Unfinished => return Err(SchemaError::Unfinished { name: migration.name.clone() }),
            MigrationState::Applied | MigrationState::Pending => {}
        }
    }
    Ok(())
}

/// Leaves dunlin's own tables out, which have this prefix.
fn without_history(schema: &Schema, history_prefix: &str) -> Schema {
    let own = format!("{history_prefix}_").to_lowercase();
    let is_own = |name: &str| name.to_lowercase().strip_prefix(&own).is_some_and(|rest| OWN.contains(&rest));
    schema.only(|root| !is_own(&root.name))
}

/// The tables of the history, without their prefix.
const OWN: [&str; 6] = ["migrations", "events", "statements", "repeatable", "layout", "lock"];

/// Runs migrations up to each of some targets in a scratch database, if none of them reaches out of it.
async fn replay(migrator: &Migrator<'_>, targets: Vec<Target>, scratch: &mut Scratch) -> Result<(), SchemaError> {
    let directory = migrator.migrations.directory()?;
    stays_inside(directory, scratch).await?;
    if !directory.pairs().is_empty() {
        for target in targets {
            migrator.up_to(scratch.connect(), target).await?;
        }
    }
    Ok(())
}

/// Makes sure that no migration reaches out of the scratch database on a server that others use.
async fn stays_inside(directory: &Directory, scratch: &mut Scratch) -> Result<(), SchemaError> {
    if !scratch.is_shared() {
        return Ok(());
    }
    let dialect = scratch.dialect();
    for pair in directory.pairs() {
        let Some(script) = pair.half(Direction::Up).get(dialect) else { continue };
        let statements = split(&script.text, dialect).unwrap_or_default();
        scratch.holds(&format!("{}.up.sql", pair.name()), &statements).await?;
    }
    Ok(())
}
