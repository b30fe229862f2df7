//! Tables in which other tools keep what they have done. They are theirs.

use std::collections::BTreeSet;

use dunlin::schema::engine::{Fact, Id, Kind, Schema};

/// The tables of other tools, by their names in lower case, and whose they are.
const TABLES: [(&str, &str); 24] = [
    ("alembic_version", "Alembic"),
    ("_sqlx_migrations", "sqlx"),
    ("__diesel_schema_migrations", "diesel"),
    ("refinery_schema_history", "refinery"),
    ("seaql_migrations", "sea-orm"),
    ("flyway_schema_history", "Flyway"),
    ("databasechangelog", "Liquibase"),
    ("databasechangeloglock", "Liquibase"),
    ("schema_migrations", "golang-migrate, dbmate or Rails"),
    ("ar_internal_metadata", "Rails"),
    ("goose_db_version", "goose"),
    ("gorp_migrations", "sql-migrate"),
    ("atlas_schema_revisions", "Atlas"),
    ("django_migrations", "Django"),
    ("knex_migrations", "Knex"),
    ("knex_migrations_lock", "Knex"),
    ("_prisma_migrations", "Prisma"),
    ("__drizzle_migrations", "Drizzle"),
    ("mikro_orm_migrations", "MikroORM"),
    ("typeorm_metadata", "TypeORM"),
    ("sequelizemeta", "Sequelize"),
    ("doctrine_migration_versions", "Doctrine"),
    ("phinxlog", "Phinx"),
    ("__efmigrationshistory", "Entity Framework"),
];

/// What belongs to another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Its name for people, which `ignore` takes.
    pub(super) name: String,
    /// Whose it is.
    pub(super) tool: &'static str,
}

/// Returns the tables of other tools, and the sequences that go with them.
pub(super) fn foreign(schema: &Schema) -> Vec<Foreign> {
    let tool = |fact: &Fact| {
        let name = fact.id.name.last()?.to_lowercase();
        TABLES.iter().find(|(own, _)| *own == name).map(|(_, tool)| *tool)
    };
    let tables = schema.facts().filter(|fact| fact.id.kind == Kind::Table);
    let found: Vec<(&Fact, &'static str)> = tables.filter_map(|fact| Some((fact, tool(fact)?))).collect();
    let mut foreign: Vec<Foreign> =
        found.iter().map(|(fact, tool)| Foreign { name: fact.name.clone(), tool }).collect();
    for sequence in schema.facts().filter(|fact| fact.id.kind == Kind::Sequence) {
        let owners: BTreeSet<&Id> = schema.children(&sequence.id).into_iter().flat_map(|part| &part.needs).collect();
        let owner = found.iter().find(|(table, _)| owners.contains(&table.id));
        foreign.extend(owner.map(|(_, tool)| Foreign { name: sequence.name.clone(), tool }));
    }
    foreign
}
