//! A second connection to the database that a run works on.

#[cfg(any(feature = "postgres", feature = "mysql"))]
use std::sync::Arc;

#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::connect::own;
use crate::connect::{CONNECT_LIMIT, Inside, Intent, open_url};
use crate::engine::Reached;
use crate::error::Error;
use crate::session::Session;

/// A way in beside the one that is being used.
#[derive(Debug, Clone)]
pub(crate) enum Beside {
    Url {
        url: String,
        inside: Inside,
    },
    #[cfg(feature = "postgres")]
    Postgres(Arc<sqlx::postgres::PgConnectOptions>),
    #[cfg(feature = "mysql")]
    Mysql(Arc<sqlx::mysql::MySqlConnectOptions>),
}

/// The setting with which a connection knows itself again: a pooler does not take it along to the server.
#[cfg(feature = "postgres")]
const MARK: &str = "dunlin.mark";

impl Beside {
    /// Opens a session, and says whether it leads to the server itself.
    pub(crate) async fn open(&self) -> Result<(Box<dyn Session>, Reached), Error> {
        match self {
            #[cfg(feature = "postgres")]
            Beside::Url { url, .. } if url.starts_with("postgres") => {
                marked(&crate::connect::postgres_options(url)?, url).await
            }
            Beside::Url { url, inside } => match open_url(url, inside, Intent::Read, CONNECT_LIMIT).await? {
                Some(session) => Ok((session, Reached::Directly)),
                None => Err(Error::NoFile),
            },
            #[cfg(feature = "postgres")]
            Beside::Postgres(options) => marked(options, "the pool's database").await,
            #[cfg(feature = "mysql")]
            Beside::Mysql(options) => {
                Ok((own::<sqlx::MySql>(options, "the pool's database", CONNECT_LIMIT).await?, Reached::Directly))
            }
        }
    }
}

/// Opens a session with a mark that it carries to the server when it starts, and looks for it there.
#[cfg(feature = "postgres")]
async fn marked(options: &sqlx::postgres::PgConnectOptions, name: &str) -> Result<(Box<dyn Session>, Reached), Error> {
    use std::hash::{BuildHasher as _, Hasher as _};

    let mark = std::collections::hash_map::RandomState::new().build_hasher().finish().to_string();
    let plain = options.clone().application_name("dunlin (beside)").extra_float_digits(None);
    let with_mark = plain.clone().options([(MARK, &*mark)]);
    match own::<sqlx::Postgres>(&with_mark, name, CONNECT_LIMIT).await {
        Ok(mut session) => {
            let rows = session.rows(&format!("select current_setting('{MARK}', true)")).await;
            let rows = rows.map_err(|error| Error::database("asking the server", error))?;
            let is_there = rows.first().and_then(|row| row.text(0)) == Some(&*mark);
            Ok((session, if is_there { Reached::Directly } else { Reached::ThroughPooler }))
        }
        // A pooler refuses a start-up parameter that it does not know; the server takes it.
        Err(Error::Connect { source: sqlx::Error::Database(refusal), .. }) if is_about_the_mark(&*refusal) => {
            Ok((own::<sqlx::Postgres>(&plain, name, CONNECT_LIMIT).await?, Reached::ThroughPooler))
        }
        Err(error) => Err(error),
    }
}

/// Says whether it is what was asked for that is refused, and not who asks, or when.
#[cfg(feature = "postgres")]
fn is_about_the_mark(refusal: &dyn sqlx::error::DatabaseError) -> bool {
    // Classes 28 (invalid authorization), 53 (insufficient resources) and 57 (operator intervention) are about the latter.
    let code = refusal.code().unwrap_or_default();
    !["28", "3D", "53", "57"].iter().any(|class| code.starts_with(class))
}
