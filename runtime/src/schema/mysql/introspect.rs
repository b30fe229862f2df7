//! Reading a catalogue: which things there are with one message, what the server prints of each with another.

use dunlin_schema::Kind;
use dunlin_schema::mysql::{Catalogue, Collations, Object, Setting, Trigger};

use crate::error::Error;
use crate::schema::SchemaError;
use crate::session::{Row, Session};

const BEGIN: &str = include_str!("sql/begin.sql");
/// What is asked of a catalogue.
pub(in crate::schema) const CATALOGUE: &str = include_str!("sql/catalogue.sql");
const END: &str = include_str!("sql/end.sql");

/// How many `SHOW CREATE` travel together.
const TOGETHER: usize = 400;

/// What the first column of the catalogue says, the kind that it is, what `SHOW CREATE` calls it, and the columns there of its
/// text, SQL mode, character set, collation, and time zone.
const SHOWN: [(&str, Kind, &str, Columns); 9] = [
    ("BASE TABLE", Kind::Table, "table", Columns { text: 1, sql_mode: None, charset: None, time_zone: None }),
    ("SYSTEM VERSIONED", Kind::Table, "table", Columns { text: 1, sql_mode: None, charset: None, time_zone: None }),
    ("SEQUENCE", Kind::Sequence, "sequence", Columns { text: 1, sql_mode: None, charset: None, time_zone: None }),
    ("VIEW", Kind::View, "view", Columns { text: 1, sql_mode: None, charset: Some(2), time_zone: None }),
    ("PROCEDURE", Kind::Procedure, "procedure", ROUTINE),
    ("FUNCTION", Kind::Function, "function", ROUTINE),
    ("PACKAGE", Kind::Package, "package", ROUTINE),
    ("PACKAGE BODY", Kind::PackageBody, "package body", ROUTINE),
    ("EVENT", Kind::Event, "event", Columns { text: 3, sql_mode: Some(1), charset: Some(4), time_zone: Some(2) }),
];

const ROUTINE: Columns = Columns { text: 2, sql_mode: Some(1), charset: Some(3), time_zone: None };

/// Which columns of `SHOW CREATE` say what. The collation stands behind the character set.
#[derive(Clone, Copy)]
struct Columns {
    text: usize,
    sql_mode: Option<usize>,
    charset: Option<usize>,
    time_zone: Option<usize>,
}

/// Reads the catalogue of the database that a session is in.
pub(in crate::schema) async fn catalogue(session: &mut dyn Session) -> Result<Catalogue, SchemaError> {
    let failed = |error| Error::database("reading the schema", error);
    let rows = session.rows(&format!("{BEGIN}{CATALOGUE}")).await.map_err(failed)?;
    let mut catalogue = Catalogue::default();
    let mut asked: Vec<(Object, &Columns, &str)> = Vec::new();
    for row in &rows {
        match row.text(0).unwrap_or_default() {
            "session" => set_session(&mut catalogue, row),
            "charset" | "TRIGGER" => {}
            word => match SHOWN.iter().find(|(own, ..)| *own == word) {
                Some((_, kind, shown, columns)) => asked.push((object(*kind, row), columns, shown)),
                None => return Err(unknown(row).into()),
            },
        }
    }
    let is = |word: &'static str| rows.iter().filter(move |row| row.text(0) == Some(word));
    let text = |row: &Row, column| row.text(column).unwrap_or_default().to_owned();
    catalogue.collations = Collations::new(is("charset").map(|row| (text(row, 1), text(row, 2))));
    for some in asked.chunks(TOGETHER) {
        let show = |(object, _, shown): &(Object, &Columns, &str)| {
            format!("show create {shown} {};\n", dunlin_core::dialect::Dialect::Mysql.quote(&object.name))
        };
        let shown = session.rows(&some.iter().map(show).collect::<String>()).await.map_err(failed)?;
        for ((object, columns, _), row) in some.iter().zip(&shown) {
            catalogue.objects.push(filled(object, columns, row));
        }
    }
    session.run(END).await.map_err(failed)?;
    catalogue.objects.extend(is("TRIGGER").map(trigger));
    Ok(catalogue)
}

fn set_session(catalogue: &mut Catalogue, row: &Row) {
    let text = |column| row.text(column).unwrap_or_default().to_owned();
    catalogue.database = text(1);
    catalogue.account = text(2);
    catalogue.session =
        Setting { sql_mode: Some(text(3)), time_zone: Some(text(4)), charset: Some((text(5), text(6))) };
    catalogue.charset = (text(7), text(8));
}

fn object(kind: Kind, row: &Row) -> Object {
    Object {
        kind,
        name: row.text(1).unwrap_or_default().to_owned(),
        sql: None,
        setting: Setting::default(),
        trigger: None,
        begins_at_once: kind == Kind::Event && row.text(2) == Some("at once"),
    }
}

fn filled(object: &Object, columns: &Columns, row: &Row) -> Object {
    let text = |column: usize| row.text(column).map(str::to_owned);
    let charset = |column: usize| Some((text(column)?, text(column + 1)?));
    let setting = Setting {
        sql_mode: columns.sql_mode.and_then(text),
        charset: columns.charset.and_then(charset),
        time_zone: columns.time_zone.and_then(text),
    };
    Object { sql: text(columns.text), setting, ..object.clone() }
}

fn trigger(row: &Row) -> Object {
    let text = |column| row.text(column).unwrap_or_default().to_owned();
    let trigger = Trigger {
        table: text(3),
        timing: text(4),
        event: text(5),
        order: row.number(6).and_then(|number| usize::try_from(number).ok()).unwrap_or_default(),
        definer: text(7),
    };
    let setting = Setting { sql_mode: Some(text(8)), charset: Some((text(9), text(10))), time_zone: None };
    Object { sql: Some(text(2)), trigger: Some(trigger), setting, ..object(Kind::Trigger, row) }
}

fn unknown(row: &Row) -> dunlin_schema::Refusal {
    dunlin_schema::Refusal {
        object: row.text(1).unwrap_or_default().to_owned(),
        what: "it cannot be compared".to_owned(),
        why: format!(
            "the server calls it a {}, which is not known here",
            row.text(0).unwrap_or_default().to_lowercase()
        ),
        instead: "name it in `ignore`".to_owned(),
    }
}
