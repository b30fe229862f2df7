//! A guest book over HTTP that migrates its PostgreSQL database when it starts.
//!
//! Several replicas may start at once: one of them migrates, the others wait for it and then find nothing to do. A
//! replica that finds nothing to do needs one SELECT and takes no lock.
//!
//! ```sh
//! DATABASE_URL=postgres://localhost/guests cargo run -p axum-postgres
//! curl -d '{"name": "Ann", "text": "Lovely."}' -H 'content-type: application/json' localhost:3000/entries
//! curl localhost:3000/entries
//! ```

use std::time::Duration;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

static MIGRATIONS: dunlin::Migrations = dunlin::embed!();

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a program's own settings come from its environment")]
#[expect(clippy::print_stderr, reason = "this program has no other log")]
async fn main() -> anyhow::Result<()> {
    let url = std::env::var("DATABASE_URL").context("DATABASE_URL must name a PostgreSQL database")?;
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let pool = PgPool::connect(&url).await.context("cannot connect to the database")?;
    let report = MIGRATIONS.migrator().lock_wait(Duration::from_mins(1)).up(&pool).await?;
    for step in &report.steps {
        eprintln!("applied {} in {} ms", step.name, step.duration.as_millis());
    }
    let router = Router::new().route("/entries", get(entries).post(sign)).with_state(pool);
    let listener =
        tokio::net::TcpListener::bind(&address).await.with_context(|| format!("cannot listen on {address}"))?;
    eprintln!("listening on {}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

#[derive(Serialize)]
struct Entry {
    id: i64,
    name: String,
    text: String,
}

#[derive(Deserialize)]
struct NewEntry {
    name: String,
    text: String,
}

async fn entries(State(pool): State<PgPool>) -> Result<Json<Vec<Entry>>, StatusCode> {
    let select = sqlx::query_as("select id, name, text from entries where not hidden order by id");
    let rows: Vec<(i64, String, String)> =
        select.fetch_all(&pool).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(rows.into_iter().map(|(id, name, text)| Entry { id, name, text }).collect()))
}

async fn sign(State(pool): State<PgPool>, Json(entry): Json<NewEntry>) -> Result<StatusCode, StatusCode> {
    let insert = sqlx::query("insert into entries (name, text) values ($1, $2)").bind(entry.name).bind(entry.text);
    insert.execute(&pool).await.map(|_| StatusCode::CREATED).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
