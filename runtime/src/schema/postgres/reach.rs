//! Statements that reach out of a scratch database: on a server that others use, they would change what is not theirs.

use dunlin_core::statements::Statement;

/// What is on the server beside databases, and so not in a scratch one.
const SERVER: [&str; 7] = ["database", "role", "user", "group", "tablespace", "system", "subscription"];

/// Words that begin what is about things of the server, whatever stands behind them.
const ELSEWHERE: [&str; 1] = ["reassign"];

/// Words that begin what makes or changes the thing that the next word names.
const DEFINITIONS: [&str; 3] = ["create", "alter", "drop"];

/// Words that begin what gives a role to another, unless it is `on` something.
const GRANTS: [&str; 2] = ["grant", "revoke"];

/// Says why a statement would change something beside the database that it runs in; `None` is that it does not.
pub(in crate::schema) fn reaches_out(statement: &Statement<'_>) -> Option<String> {
    let words: Vec<String> = statement
        .text()
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let (first, second) = (word(0), word(1));
    let is_definition = DEFINITIONS.contains(&first);
    // A mapping of users belongs to a foreign server, which is in the database.
    if is_definition && SERVER.contains(&second) && (second, word(2)) != ("user", "mapping") {
        return Some(format!("a {second} stands beside the database, not in it"));
    }
    if ELSEWHERE.contains(&first) || (first, second) == ("drop", "owned") {
        return Some(format!("`{first}` reaches for what roles own on the whole server"));
    }
    if GRANTS.contains(&first) && !words.iter().any(|word| word == "on") {
        return Some("who is a member of a role is known to the whole server".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use dunlin_core::dialect::Dialect;
    use dunlin_core::statements::split;

    use super::*;

    #[test]
    fn what_reaches_out_of_its_database_is_found() {
        let reach = |sql: &str| reaches_out(&split(sql, Dialect::Postgres).expect("splits")[0]);
        for sql in [
            "create table role (a int)",
            "create user mapping for app server other",
            "grant select on t to app",
            "alter table t owner to app",
            "alter default privileges grant select on tables to app",
            "do $$ begin create role app; end $$",
        ] {
            assert_eq!(reach(sql), None, "{sql}");
        }
        for sql in [
            "create role app",
            "CREATE USER app",
            "alter database d set timezone = 'UTC'",
            "alter system set work_mem = '1MB'",
            "drop tablespace s",
            "create subscription s connection '' publication p",
            "grant app to other",
            "reassign owned by app to other",
            "drop owned by app",
        ] {
            assert!(reach(sql).is_some(), "{sql}");
        }
    }
}
