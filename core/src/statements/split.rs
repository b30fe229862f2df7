//! From a file to its statements, as the engine's own client splits it.

use super::error::LexError;
use super::pattern::{Pattern, Words};
use super::refusals::refusal;
use super::token::{Token, TokenKind, Tokens};
use crate::dialect::Dialect;
use crate::header::Wrap;

/// How many characters of a statement its summary shows.
const SUMMARY_LENGTH: usize = 60;

/// What rolls back with its transaction on an engine whose DDL does not. `CALL` is left out: a routine may do DDL.
const ROLLS_BACK: &[&str] =
    &["insert|update|delete|replace|select|with|values|table|do", "load data", "set @name", "("];

/// One statement of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'sql> {
    text: &'sql str,
    offset: usize,
    line: usize,
}

impl<'sql> Statement<'sql> {
    /// Returns the statement from its first token to its last: without its terminator, and without comments and space
    /// before and behind. Comments inside are kept.
    pub fn text(&self) -> &'sql str {
        self.text
    }

    /// Returns the byte in the file where the statement begins.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the line in the file where the statement begins, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns its first words, numbers, names and symbols, as they are written: no more than so many.
    ///
    /// Comments are left out. What MySQL executes inside of one is code; the comment's own marks are left out too.
    pub fn first_words(&self, dialect: Dialect, most: usize) -> Vec<&'sql str> {
        let is_word = |token: &Token| token.kind.is_code() && token.kind != TokenKind::CodeComment;
        let words = Tokens::new(self.text, dialect).map_while(Result::ok).filter(is_word);
        words.take(most).filter_map(|token| self.text.get(token.start..token.end)).collect()
    }

    /// Whether a transaction that is rolled back takes this statement's work with it.
    ///
    /// On an engine that rolls DDL back this is true of all that may run in a transaction; elsewhere, of what only
    /// reads or writes rows.
    pub fn rolls_back(&self, dialect: Dialect) -> bool {
        let Some(Ok(group)) = Groups::new(self.text, dialect).next() else { return false };
        let words = Words::new(self.text, &group);
        if dialect.facts().ddl_rolls_back {
            refusal(words, dialect, Wrap::Transaction).is_none()
        } else {
            ROLLS_BACK.iter().any(|pattern| Pattern(pattern).begins(words))
        }
    }

    /// Whether a transaction that is rolled back takes the work of all of these statements with it.
    ///
    /// Those of an engine that rolls DDL back are not looked at: what may not run in a transaction there is refused.
    pub fn all_roll_back(statements: &[Statement<'_>], dialect: Dialect) -> bool {
        dialect.facts().ddl_rolls_back || statements.iter().all(|statement| statement.rolls_back(dialect))
    }

    /// Returns the beginning of the statement on one line, for people: at most 60 characters and an ellipsis.
    pub fn summary(&self) -> String {
        let mut summary = String::new();
        let mut length = 0;
        for word in self.text.split_whitespace() {
            let space = usize::from(length > 0);
            let room = SUMMARY_LENGTH.saturating_sub(length + space);
            let characters = word.chars().take(SUMMARY_LENGTH + 1).count();
            if characters > room {
                // A lone long word is cut; otherwise the line ends between words.
                if length == 0 {
                    summary.extend(word.chars().take(room));
                }
                summary.push('…');
                break;
            }
            if space == 1 {
                summary.push(' ');
            }
            summary.push_str(word);
            length += space + characters;
        }
        summary
    }
}

/// Splits a file into statements, as the engine's own client does. Empty statements are left out.
///
/// Bodies of routines and triggers are kept whole, also those that MySQL's client would need `DELIMITER` for. Fails where
/// the text cannot be split any further.
pub fn split(sql: &str, dialect: Dialect) -> Result<Vec<Statement<'_>>, LexError> {
    let mut statements = Vec::new();
    for_each(sql, dialect, |statement, _| statements.push(statement))?;
    Ok(statements)
}

/// Takes every statement with its code tokens in turn, as [`split`] finds them.
pub(super) fn for_each<'sql>(
    sql: &'sql str,
    dialect: Dialect,
    mut take: impl FnMut(Statement<'sql>, Words<'_>),
) -> Result<(), LexError> {
    let (mut line, mut counted) = (1, 0);
    for group in Groups::new(sql, dialect) {
        let group = group?;
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        line += sql.get(counted..first.start).unwrap_or_default().matches('\n').count();
        counted = first.start;
        let text = sql.get(first.start..last.end).unwrap_or_default();
        take(Statement { text, offset: first.start, line }, Words::new(sql, &group));
    }
    Ok(())
}

/// The code tokens of each statement in turn; never an empty group.
#[derive(Debug)]
pub(super) struct Groups<'sql> {
    tokens: Tokens<'sql>,
}

impl<'sql> Groups<'sql> {
    pub(super) fn new(sql: &'sql str, dialect: Dialect) -> Self {
        Groups { tokens: Tokens::new(sql, dialect) }
    }
}

impl Iterator for Groups<'_> {
    type Item = Result<Vec<Token>, LexError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut group = Vec::new();
        for token in self.tokens.by_ref() {
            match token {
                Err(error) => return Some(Err(error)),
                Ok(token) if token.kind.is_code() => group.push(token),
                Ok(token) if token.kind == TokenKind::Terminator && !group.is_empty() => break,
                Ok(_) => {}
            }
        }
        (!group.is_empty()).then_some(Ok(group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str, dialect: Dialect) -> Vec<&str> {
        split(sql, dialect).expect("lexes").iter().map(Statement::text).collect()
    }

    /// Each statement must come back whole from between two others.
    fn whole(dialect: Dialect, statements: &[&str]) {
        for statement in statements {
            let sql = format!("select 1;\n{statement};\nselect 2;");
            assert_eq!(texts(&sql, dialect), ["select 1", statement, "select 2"]);
        }
    }

    #[test]
    fn a_statement_is_its_tokens_and_knows_its_place() {
        let sql = "-- first\n;;\nselect 1 -- in\n + 2 -- out\n;\n\n  select 3 /* out */";
        let statements = split(sql, Dialect::Sqlite).expect("lexes");
        assert_eq!(statements[0].text(), "select 1 -- in\n + 2");
        assert_eq!((statements[0].line(), statements[0].offset()), (3, 12));
        assert_eq!((statements[1].text(), statements[1].line()), ("select 3", 7));
        assert_eq!(texts("-- nothing\n;", Dialect::Sqlite), [""; 0]);
    }

    #[test]
    fn the_first_words_of_a_statement_are_its_code() {
        let first = |sql, dialect| split(sql, dialect).expect("lexes")[0].first_words(dialect, 3);
        assert_eq!(first("/* a */ Create -- b\n view `c d` as select 1", Dialect::Mysql), ["Create", "view", "`c d`"]);
        assert_eq!(first("/*!50003 SET @a= 1 */", Dialect::Mysql), ["SET", "@a", "="]);
        assert_eq!(first("/*!50003 CREATE*/ /*!50017 DEFINER=x*/", Dialect::Mysql), ["CREATE", "DEFINER", "="]);
        assert_eq!(first("commit", Dialect::Sqlite), ["commit"]);
    }

    #[test]
    fn postgres_bodies_stay_whole() {
        whole(
            Dialect::Postgres,
            &[
                "create rule r as on insert to t do instead (insert into a values (1); select 2)",
                "create or replace function f(a int) returns int begin atomic select case a when 1 then 2 end; select a.end, 1 as end; end",
                "CREATE PROCEDURE p() LANGUAGE SQL BEGIN ATOMIC INSERT INTO t VALUES (1); END",
                "create function begin() returns int return 1",
                "create function f(\"begin\" int) returns int language sql as $$ select 1; $$",
                "create table t (a int /* ; */ default 1)",
            ],
        );
    }

    #[test]
    fn words_of_bodies_elsewhere_swallow_nothing() {
        for dialect in Dialect::ALL {
            whole(
                dialect,
                &[
                    "select begin, case when 1 then 2 end from t",
                    "select a.begin from atomic",
                    "select (1))",
                    "create table begin (a)",
                ],
            );
        }
        whole(
            Dialect::Mysql,
            &["create trigger", "create function f returns string soname 'a'", "alter event e disable"],
        );
    }

    #[test]
    fn sqlite_triggers_stay_whole() {
        whole(
            Dialect::Sqlite,
            &[
                "create trigger t after insert on a begin select 1; end",
                "CREATE TEMP TRIGGER IF NOT EXISTS t BEFORE UPDATE OF begin ON a BEGIN UPDATE b SET end = CASE WHEN 1 THEN 2 END; END",
                "create /* a */ temporary trigger t after delete on a when new.end begin select \"end\"; delete from b; /* c */ end",
                "explain query plan create trigger t after insert on a begin select 1; end",
            ],
        );
    }

    #[test]
    fn mysql_routines_stay_whole_without_a_delimiter() {
        whole(
            Dialect::Mysql,
            &[
                "create trigger t before insert on a for each row set new.begin = 1",
                "create definer = `a`@`b` trigger t after insert on a for each row follows begin begin if new.a then set @a = 1; end if; end",
                "create definer=event@localhost procedure p() begin end",
                "create definer=current_user() function f() returns set('a') begin return 'a'; end",
                "create or replace procedure if not exists p(in a int, out end int) comment 'b' begin set end = 1; set a = end; end",
                "create procedure p() begin set a = repeat('a', 3), b = replace(c, 'd', 'e'), f = if(g, 1, 2); end",
                "create procedure p() begin drop table if exists a; create table if not exists a (b int); end",
                "create procedure p() begin case a when 1 then select 1; else begin end; end case; end",
                "create procedure p() begin select case a when 1 then case when end then 2 end else end end; select 1; end",
                "create procedure p() l: begin m: loop set a = 1; leave m; end loop m; end l",
                "create procedure p() begin while a do set a = 0; end while; repeat set a = 1; until a end repeat; end",
                "create procedure p() begin repeat select 1; until case when a then b end end repeat; end",
                "create procedure p() begin for i in 1..3 do select i; end for; for r in (select a from b) do select r.a; end for; end",
                "create procedure p() begin declare exit handler for sqlstate value '23000', not found, 1062 begin select 1; end; select 2; end",
                "create procedure p() begin declare continue handler for sqlexception set a = if(1, 2, 3); select 2; end",
                "create procedure p() if a then select 1; elseif b then select 2; else select 3; end if",
                "create procedure p() while a do select 1; end while",
                "create procedure p() select if(a, b, c) from begin",
                "create procedure p() begin select a from b for update; select `begin`, `end`; end",
                "create function f() returns char(9) character set utf8mb4 deterministic return if(1, case when 2 then 3 end, 4)",
                "create event e on schedule every 1 day starts '2020-01-01' do begin delete from a; end",
                "alter event e do begin delete from a; end",
                "/*!50003 create*/ /*!50017 definer=`a`@`b`*/ /*!50003 trigger t before insert on a for each row begin select 1; end */",
                "begin not atomic declare a int; if a then select 1; end if; end",
                "if a then select 1; else if b then select 2; end if; end if",
            ],
        );
    }

    #[test]
    fn mariadb_bodies_in_oracles_grammar_stay_whole() {
        whole(
            Dialect::Mysql,
            &[
                "create procedure p as a int := 1; begin select a; end",
                "create function f(a int) return int is b int; begin if a then return 1; elsif b then return 2; end if; return 3; end",
                "create procedure p is begin select 1; exception when others then select 2; end p",
                "create procedure p is begin while a loop select 1; end loop; end",
                "create package p as procedure a; function b(c int) return int; end",
                "create package body p as v int; procedure a is w int; begin select 1; end; function b return int as begin return 1; end; end",
                "create package body p as procedure a is begin select 1; end; begin set v = 1; end",
            ],
        );
        whole(
            Dialect::Mysql,
            &[
                "create function f(a int) returns int return a is null",
                "create procedure p() select 1 as a",
                "create function f(a int) returns int language javascript as $$ return a $$",
            ],
        );
    }

    #[test]
    fn dumps_of_mysql_split_as_its_client_splits_them() {
        let dump = "/*!40101 SET NAMES utf8 */;\nDELIMITER ;;\n/*!50003 CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN\n\
             SET @a = 1;\nEND */;;\nDELIMITER ;\ninsert into a values (';;');\n";
        let statements = split(dump, Dialect::Mysql).expect("lexes");
        let summaries: Vec<_> = statements.iter().map(|statement| (statement.line(), statement.summary())).collect();
        assert_eq!(
            summaries,
            [
                (1, "/*!40101 SET NAMES utf8 */".to_owned()),
                (3, "/*!50003 CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW…".to_owned()),
                (7, "insert into a values (';;')".to_owned()),
            ]
        );
    }

    #[test]
    fn only_rows_roll_back_where_ddl_does_not() {
        let rolls_back = |sql: &str, dialect: Dialect| split(sql, dialect).expect("lexes")[0].rolls_back(dialect);
        for (sql, mysql) in [
            ("insert into a values (1)", true),
            ("WITH a AS (select 1) select 1", true),
            ("(select 1)", true),
            ("/*!40000 insert into a values (1) */", true),
            ("set @a = 1", true),
            ("set foreign_key_checks = 0", false),
            ("load data infile 'a' into table b", true),
            ("call p()", false),
            ("create table a (b int)", false),
        ] {
            assert_eq!(rolls_back(sql, Dialect::Mysql), mysql, "{sql}");
        }
        assert!(rolls_back("create table a (b int)", Dialect::Postgres));
        assert!(!rolls_back("create index concurrently on a (b)", Dialect::Postgres));
        assert!(!rolls_back("vacuum", Dialect::Sqlite));
    }

    #[test]
    fn a_summary_is_one_short_line() {
        let summary = |sql: &str| split(sql, Dialect::Sqlite).expect("lexes")[0].summary();
        assert_eq!(summary("create table a (\n    b int\n)"), "create table a ( b int )");
        assert_eq!(summary(&"é".repeat(80)), "é".repeat(60) + "…");
    }
}
