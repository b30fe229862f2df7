//! What holds for any text.

use proptest::prelude::*;

use super::{TokenKind, examine, semantic, split, tokens};
use crate::dialect::Dialect;
use crate::header::Wrap;

/// Pieces that have a meaning to some lexer, and some that have none.
const PIECES: &[&str] = &[
    "'",
    "''",
    "\"",
    "`",
    "[",
    "]",
    "$$",
    "$a$",
    "$1",
    "E'",
    "x'ab'",
    "U&\"",
    "--",
    "-- a\n",
    "#",
    "/*",
    "*/",
    "/*!",
    "/*!50003 ",
    "/*+",
    "\\",
    "\\'",
    ";",
    ";;",
    "//",
    "\n",
    " ",
    "(",
    ")",
    ".",
    ":",
    "::",
    "@",
    "@@a",
    "?",
    "é",
    "日本",
    "\u{feff}",
    "\0",
    "begin",
    "end",
    "case",
    "create",
    "trigger",
    "function",
    "procedure",
    "temp",
    "atomic",
    "not",
    "if",
    "then",
    "else",
    "loop",
    "while",
    "do",
    "repeat",
    "until",
    "for",
    "each",
    "row",
    "declare",
    "handler",
    "delimiter //\n",
    "DELIMITER ;\n",
    "definer",
    "copy",
    "from",
    "stdin",
    "explain",
    "package",
    "as",
    "is",
    "return",
    "returns",
    "1",
    "1.5e-3",
    "1..2",
    "a",
    "a$b",
    "+",
    "-",
    "<@",
];

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![8 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => ".{0,4}"];
    let separator = prop_oneof![Just(""), Just(" "), Just("\n")];
    prop_oneof![
        1 => any::<String>(),
        6 => proptest::collection::vec((piece, separator), 0..40)
            .prop_map(|pieces| pieces.into_iter().map(|(piece, separator)| piece + separator).collect()),
    ]
}

fn dialects() -> impl Strategy<Value = Dialect> {
    proptest::sample::select(&Dialect::ALL[..])
}

/// Statements that hold a terminator somewhere inside, or look as if they did.
fn statements_of(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite => &[
            "select ';'",
            "create table [a;b] (end, begin)",
            "create trigger t after insert on a begin select case when 1 then 2 end; update a set end = 1; end",
            "create temp trigger t after insert on a begin select end from b;; end",
            "select \"a\"\"; b\", `c;`, x'ab' /* ; */ from t",
        ],
        Dialect::Postgres => &[
            "select ';', E'\\';', \"a;\"",
            "select $$;$$, $a$ $b$; $a$, $1",
            "create rule r as on insert to t do (select 1; select 2)",
            "create function f() returns int begin atomic; select case when true then 1 end; select 2; end",
            "create function f() returns int language plpgsql as $f$ begin return 1; end; $f$",
            "select begin, 1 /* /* ; */ */ -- ;\n from t",
        ],
        Dialect::Mysql => &[
            "select ';', \"a\\\";\", `;` # ;\n from t",
            "create trigger t before insert on a for each row set new.end = 1",
            "create procedure p() begin if a then select 1; else set @x = if(1, 2, 3); end if; end",
            "create function f() returns char(1) character set utf8 return case when 1 then 2 end",
            "create event e on schedule every 1 day do begin l: loop leave l; end loop l; end",
            "/*!50003 create procedure p() begin select 1; end */",
            "begin not atomic declare exit handler for not found begin select 1; end; while a do set b = 1; end while; end",
        ],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_byte_belongs_to_exactly_one_token(sql in texts(), dialect in dialects()) {
        if let Ok(tokens) = tokens(&sql, dialect) {
            let mut at = 0;
            for token in tokens {
                prop_assert_eq!(token.start, at);
                prop_assert!(token.end > token.start && sql.is_char_boundary(token.end));
                at = token.end;
            }
            prop_assert_eq!(at, sql.len());
        }
    }

    #[test]
    fn errors_lie_inside_the_text(sql in texts(), dialect in dialects()) {
        if let Err(error) = tokens(&sql, dialect) {
            prop_assert!(error.offset < sql.len() && sql.is_char_boundary(error.offset));
            prop_assert!(!error.to_string().is_empty());
            prop_assert_eq!(split(&sql, dialect), Err(error));
        }
    }

    #[test]
    fn between_statements_stand_only_space_comments_and_terminators(sql in texts(), dialect in dialects()) {
        let (Ok(tokens), Ok(statements)) = (tokens(&sql, dialect), split(&sql, dialect)) else { return Ok(()) };
        let mut at = 0;
        for statement in &statements {
            prop_assert!(statement.offset() >= at);
            at = statement.offset() + statement.text().len();
            prop_assert_eq!(&sql[statement.offset()..at], statement.text());
            let lines = 1 + sql[..statement.offset()].matches('\n').count();
            prop_assert_eq!(statement.line(), lines);
        }
        for token in tokens {
            let inside = statements.iter().any(|statement| {
                statement.offset() <= token.start && token.end <= statement.offset() + statement.text().len()
            });
            prop_assert!(inside || !token.kind.is_code());
            prop_assert!(!inside || !matches!(token.kind, TokenKind::Terminator | TokenKind::Delimiter));
        }
    }

    #[test]
    fn nothing_else_fails_or_panics_where_the_text_can_be_split(sql in texts(), dialect in dialects()) {
        let statements = split(&sql, dialect);
        for wrap in [Wrap::Transaction, Wrap::None] {
            prop_assert_eq!(&examine(&sql, dialect, wrap).map(|(examined, _)| examined), &statements);
        }
        prop_assert_eq!(semantic(&sql, dialect).is_ok(), statements.is_ok());
        for statement in statements.unwrap_or_default() {
            prop_assert!(statement.summary().chars().count() <= 61);
            let _ = statement.rolls_back(dialect);
        }
    }

    #[test]
    fn joined_statements_come_apart_again(
        dialect in dialects(),
        picks in proptest::collection::vec((any::<proptest::sample::Index>(), 0_usize..4), 1..8),
    ) {
        let pool = statements_of(dialect);
        let picked: Vec<&str> = picks.iter().map(|(index, _)| pool[index.index(pool.len())]).collect();
        let joined: String = picked.iter().zip(&picks).map(|(statement, (_, gap))| {
            (*statement).to_owned() + [";", " ;\n\n", " -- end\n;\n", ";;\n/* a */ "][*gap]
        }).collect();
        let statements = split(&joined, dialect).expect("valid statements");
        let texts: Vec<&str> = statements.iter().map(super::Statement::text).collect();
        prop_assert_eq!(&texts, &picked);

        let apart: Vec<u8> = picked.iter().flat_map(|one| semantic(one, dialect).expect("valid")).collect();
        prop_assert_eq!(semantic(&joined, dialect).expect("valid"), apart);
    }
}
