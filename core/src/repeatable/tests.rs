use expect_test::{Expect, expect};

use super::*;
use crate::directory::{Directory, Options, SourceFile};
use crate::fault::Faults;
use crate::migration::Migrations;
use crate::plan::{Applied, Goal, Plan, Policy, plan};
use crate::target::Target;

/// Reads files of the folder, such as `adults.sql`, beside what makes a whole directory.
fn read(given: &[(&str, &str)]) -> Result<Directory, Faults> {
    let again = given.iter().map(|(name, text)| (format!("{FOLDER}/{name}"), (*text).to_owned()));
    let versions = [("1_person.up.sql", "create table person (age int);"), ("1_person.down.sql", "drop table person;")];
    let versions = versions.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let files = versions.into_iter().chain(again);
    let files = files.map(|(name, text)| SourceFile { name: name.into(), text: text.into(), checksum: None });
    Directory::from_files("versions", files.collect(), None, Options::default())
}

fn repeatables(given: &[(&str, &str)]) -> Repeatables {
    read(given).unwrap().repeatables(Dialect::Sqlite).unwrap()
}

fn names<'r>(repeatables: impl IntoIterator<Item = &'r Arc<Repeatable>>) -> Vec<&'r str> {
    repeatables.into_iter().map(|repeatable| repeatable.name.as_str()).collect()
}

fn faults(given: &[(&str, &str)], expected: &Expect) {
    expected.assert_eq(&read(given).expect_err("there should be faults").to_string());
}

/// The records that running all of these leaves.
fn records(of: &Repeatables) -> Records {
    let record = |repeatable: &Arc<Repeatable>| {
        let recorded = Recorded { checksum: repeatable.script.checksum, applied_at: String::new() };
        (repeatable.name.to_string(), recorded)
    };
    of.iter().map(record).collect()
}

const ADULTS: (&str, &str) = ("adults.sql", "create view adults as select * from person;");
const OLDEST: (&str, &str) = ("01_oldest.sql", "create view oldest as select * from \"Adults\";");
const ANY: (&str, &str) = ("any.sql", "create view any as select * from oldest;");
const OTHER: (&str, &str) = ("other.sql", "create view other as select 'adults';");

#[test]
fn every_fault_of_the_folder_is_told_with_the_others() {
    faults(
        &[
            ("adults.SQL", ""),
            ("adults.down.sql", "drop view adults;"),
            ("empty.sql", "-- nothing\n"),
            ("Oldest.sql", "select 1;"),
            ("oldest.sql", "select 1;"),
            ("open.sql", "select 'a;"),
            ("vacuum.sql", "select 1;\nvacuum;"),
            ("words.sql", "-- dunlin: transacton none\nselect 1;"),
        ],
        &expect![[r"
            versions/repeatable/adults.SQL: not a repeatable file's name: the ending must be `.sql` in lower case
            versions/repeatable/adults.down.sql: not a repeatable file's name: `.down` has no meaning here: such a file has one way only
            versions/repeatable/empty.sql: the file has no statement
            versions/repeatable/oldest.sql: `versions/repeatable/Oldest.sql` has this name already; upper and lower case make no difference
            versions/repeatable/open.sql:1:8: unterminated string
            versions/repeatable/vacuum.sql:2:1: `VACUUM` cannot run in a transaction
            versions/repeatable/words.sql:1:1: unknown directive `transacton`; did you mean `transaction`?"]],
    );
}

#[test]
fn directives_that_mean_something_in_migrations_only_are_faults() {
    for directive in &crate::header::DIRECTIVES {
        let text = format!("-- dunlin: {}\nselect 1;", directive.example);
        let read = read(&[("a.sql", &text)]);
        let is_fine = ["lock-timeout", "statement-timeout", "vars", "allow"].contains(&directive.key);
        assert_eq!(read.is_ok(), is_fine, "{read:?}");
        if let Err(faults) = read {
            let expected =
                format!("versions/repeatable/a.sql: `{}` has no meaning in a repeatable file", directive.key);
            assert_eq!(faults.to_string(), expected);
        }
    }
}

#[test]
fn a_file_for_one_engine_stands_in_place_of_the_general_one() {
    let directory = read(&[("a.sql", "select 1;"), ("a.mysql.sql", "select 2;")]).unwrap();
    let text = |dialect| {
        directory.repeatables(dialect).unwrap().iter().map(|of| of.script.text.to_string()).collect::<String>()
    };
    assert_eq!((text(Dialect::Mysql), text(Dialect::Postgres)), ("select 2;".to_owned(), "select 1;".to_owned()));
    let lone = read(&[("a.mysql.sql", "select 2;")]).unwrap();
    let fault = lone.repeatables(Dialect::Sqlite).unwrap_err().to_string();
    assert_eq!(fault, "versions/repeatable/a.mysql.sql: there is no file of `a` for SQLite");
}

#[test]
fn what_is_mentioned_runs_first() {
    assert_eq!(names(repeatables(&[ANY, OTHER, OLDEST, ADULTS]).iter()), ["adults", "01_oldest", "any", "other"]);
}

#[test]
fn a_changed_file_takes_along_what_mentions_it_over_others_too() {
    let before = records(&repeatables(&[ADULTS, ANY, OLDEST, OTHER]));
    let changed = repeatables(&[("adults.sql", "create view adults as select 1;"), ANY, OLDEST, OTHER]);
    let due = changed.due(&before);
    assert_eq!(names(due.iter().map(|repeat| &repeat.repeatable)), ["adults", "01_oldest", "any"]);
    assert!(changed.due(&records(&changed)).is_empty());
    assert_eq!(changed.due(&Records::new()).len(), 4);
}

fn planned(repeatables: &Repeatables, applied: &[Applied], records: &Records, goal: &Goal) -> Plan {
    let migrations: Migrations = read(&[]).unwrap().migrations(Dialect::Sqlite).unwrap();
    let mut plan = plan(&migrations, applied, goal, &Policy::default()).unwrap();
    plan.repeat(&migrations, applied, goal, repeatables, records);
    plan
}

fn due(plan: &Plan) -> Vec<&str> {
    names(plan.repeats.iter().map(|repeat| &repeat.repeatable))
}

#[test]
fn they_run_only_where_nothing_stays_pending() {
    let all = repeatables(&[ADULTS, OTHER]);
    let none = Records::new();
    assert_eq!(due(&planned(&all, &[], &none, &Goal::up(Target::Head))), ["adults", "other"]);
    assert!(due(&planned(&all, &[], &none, &Goal::up(Target::Forward(0)))).is_empty());
    assert!(due(&planned(&all, &[], &none, &Goal::down(Target::Base))).is_empty());
}

#[test]
fn a_step_that_mentions_one_makes_it_count_as_never_run() {
    let all = repeatables(&[("01_person.sql", "create view p as select 1;"), ADULTS, OTHER]);
    let plan = planned(&all, &[], &records(&all), &Goal::up(Target::Head));
    assert_eq!(
        (due(&plan), plan.forgets.clone()),
        (vec!["01_person", "adults"], vec!["01_person".to_owned(), "adults".to_owned()])
    );
    // Also one that no file has any more.
    let plan = planned(&repeatables(&[OTHER]), &[], &records(&all), &Goal::up(Target::Head));
    assert_eq!((due(&plan), &plan.forgets[..]), (vec![], &["01_person".to_owned()][..]));
}

#[test]
fn a_changed_file_alone_has_nothing_to_forget() {
    let before = records(&repeatables(&[OTHER]));
    let all = repeatables(&[("other.sql", "create view other as select 2;")]);
    let plan = planned(&all, &[], &before, &Goal::up(Target::Head));
    assert_eq!((due(&plan), plan.forgets.len()), (vec!["other"], 0));
}

#[test]
fn a_binary_carries_the_checksums_of_each_engine() {
    static TEXTS: [&str; 3] = ["select 1;", "select 2;", "select 3;"];
    static FILES: [crate::embedded::EmbeddedFile; 3] = crate::embedded::EmbeddedFile::list(
        ["1_a.up.sql", "repeatable/a.mysql.sql", "repeatable/a.sql"],
        TEXTS,
        &[7; 96],
    );
    let embedded = Embedded {
        dir: "versions",
        built_from: None,
        set: "main",
        allow_up_only: true,
        application: "",
        files: &FILES,
        digests: [None; 3],
        was: &[],
        fingerprints: &[],
    };
    for dialect in Dialect::ALL {
        let carried = carried(&embedded, dialect);
        assert_eq!(carried.keys().map(RepeatableName::as_str).collect::<Vec<_>>(), ["a"]);
    }
}
