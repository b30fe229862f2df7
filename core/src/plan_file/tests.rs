use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::ledger::{Action, Event, Logged};
use crate::plan::Verdict;
use crate::target::Target;

fn b3(text: &str) -> Checksum {
    Checksum::of_text(text)
}

fn step(direction: Direction, name: &str, sql: &str) -> PlannedStep {
    let (id, slug) = name.split_once('_').unwrap();
    let (up, down) = match direction {
        Direction::Up => (b3(sql), None),
        Direction::Down => (b3("up"), Some(b3(sql))),
    };
    PlannedStep {
        direction,
        id: id.parse().unwrap(),
        slug: slug.into(),
        file: format!("versions/{name}.{direction}.sql"),
        parents: vec!["1".parse().unwrap()],
        up,
        down,
        holding: Holding::Own,
        values: Values::new(),
        sql: sql.to_owned(),
    }
}

/// A plan with a bit of everything.
fn plan() -> PlanFile {
    let values: Values = [("name".parse().unwrap(), "two\nlines".to_owned())].into();
    let filled = PlannedStep { values: values.clone(), ..step(Direction::Up, "3_rob, in", "insert 'two\nlines'") };
    PlanFile {
        tool_version: "0.1.0".to_owned(),
        set: SetName::default(),
        engine: Dialect::Postgres,
        goal: Goal::to(Target::parse("billing@head").unwrap()),
        policy: Policy { out_of_order: Verdict::Warn, ..Policy::default() },
        basis: Basis {
            heads: vec!["1_bird".to_owned()],
            event: 4,
            hash: Some(b3("event")),
            rows: 1,
            digest: b3("rows"),
        },
        to: vec!["3_rob, in".to_owned(), "9_other".to_owned()],
        warnings: vec!["one\n  and its second line".to_owned()],
        heals: vec![PlannedHeal {
            id: "1".parse().unwrap(),
            slug: "bird".into(),
            from: b3("from"),
            up: b3("to"),
            down: None,
        }],
        forgets: vec!["singers".to_owned()],
        steps: vec![step(Direction::Up, "2_wren", "--   a comment\n-- lines: 9\nselect 1;\n"), filled],
        repeats: vec![PlannedRepeat {
            name: "singers".to_owned(),
            file: "versions/repeatable/singers.sql".to_owned(),
            checksum: b3("create view\n"),
            holding: Holding::None,
            values: Values::new(),
            sql: "create view\n".to_owned(),
        }],
    }
}

#[test]
fn a_plan_is_text_for_people_and_programs() {
    let text = plan().to_text();
    expect![[r#"
        -- dunlin plan 1
        -- checksum: b3:9798add3cd353d18924bf47d46987bf3e41cde9adda16e953febdb2cb6fd47ee
        -- A plan to be reviewed. `dunlin up --plan <this file>` runs it, and only if the database and the files are still as they
        -- were when it was made; so do `down` and `to`. An edited plan is refused: the checksum is over all that stands below it.
        -- The values of variables are filled in, and thereby part of the file. Do not feed it to a client of the database, which
        -- would write no history: for that there is `dunlin plan --sql`.

        -- dunlin: 0.1.0
        -- set: main
        -- engine: postgres
        -- goal: to billing@head
        -- policy: out-of-order allowed, missing refused, ahead allowed
        -- from: 1_bird
        -- to: 3_rob, in
        -- to: 9_other
        -- event: 4 b3:edb2097c7a9dfd9170ebe9b5f56563fe9836e37c8e6f5877565fe2482128e6b3
        -- rows: 1 b3:33978d32b54a07155d35dd6603849ed76a0b7646d5887bfcead142ea81433920
        -- warning: one
        --     and its second line
        -- forget: singers

        -- heal: 1_bird
        -- was: b3:332a34a261ef602f5802e304ec815435d9d96129019c8c7b80522d62b7f0b20d
        -- up: b3:f211bf07872ba1cd6983fd0ba535f26f94cadde391d83516c17ef713fdec8b88
        -- down: -

        -- step 1 of 2: up 2_wren
        -- file: versions/2_wren.up.sql
        -- revises: 1
        -- up: b3:3d97522660a70fbd658da5ee273076c6051420bd1646cd0f8b2c4ceddaee0c13
        -- down: -
        -- transaction: its own
        -- lines: 3
        --   a comment
        -- lines: 9
        select 1;

        -- step 2 of 2: up 3_rob, in
        -- file: versions/3_rob, in.up.sql
        -- revises: 1
        -- up: b3:14a3f4214863434d1779ae1edb3b9cc1b06ea6bf404b0555a9f9851c31e1b501
        -- down: -
        -- transaction: its own
        -- var: name=two
        --   lines
        -- lines: 2, the last one without its end
        insert 'two
        lines'

        -- repeat: singers
        -- file: versions/repeatable/singers.sql
        -- checksum: b3:67cd81b9bb01e0c3b57f3b03a28d72c5ca779655f17287938260678cf2db1565
        -- transaction: none, statement by statement
        -- lines: 1
        create view
    "#]].assert_eq(&text);
    assert_eq!(PlanFile::parse(&text), Ok(plan()));
}

#[test]
fn every_single_byte_counts() {
    let text = plan().to_text();
    for place in 0..text.len() {
        for byte in [b'\n', b'\r', b' ', b'-', b'0', b'A', b'x'] {
            let mut edited = text.clone().into_bytes();
            edited.insert(place, byte);
            assert!(PlanFile::parse(std::str::from_utf8(&edited).unwrap()).is_err(), "{byte} at {place}");
            edited.remove(place);
            if edited[place] != byte {
                edited[place] = byte;
                assert!(PlanFile::parse(std::str::from_utf8(&edited).unwrap()).is_err(), "{byte} in place of {place}");
            }
        }
        let mut edited = text.clone().into_bytes();
        edited.remove(place);
        assert!(PlanFile::parse(std::str::from_utf8(&edited).unwrap()).is_err(), "without {place}");
        assert!(PlanFile::parse(&text[..place]).is_err(), "cut at {place}");
    }
    assert!(PlanFile::parse(&(text + "\n")).is_err());
}

fn bad(text: &str) -> String {
    PlanFile::parse(text).unwrap_err().to_string()
}

#[test]
fn what_was_changed_is_told_with_its_line() {
    let text = plan().to_text();
    let shown = |text: &str| bad(text).lines().next().unwrap().to_owned();
    let cases = [
        shown("select 1;\n"),
        shown(""),
        shown(&text.replacen("plan 1", "plan 2", 1)),
        shown(&text.replacen("plan 1", "plan one", 1)),
        shown(&text.replace('\n', "\r\n")),
        shown(&text.replace("select 1;", "select 2;")),
        shown(&text.replace("create view\n", "create view\ndrop view\n")),
        shown(&text.replace("insert 'two", "insert 'three")),
        shown(&text.replace("-- set: main", "-- set: other")),
        shown(&text.replacen("b3:", "b4:", 1)),
    ];
    expect![[r#"
        1: this is no plan of dunlin; one begins with `-- dunlin plan 1`
        1: this is no plan of dunlin; one begins with `-- dunlin plan 1`
        1: the plan has version 2, and this dunlin reads version 1
        1: this is no plan of dunlin; one begins with `-- dunlin plan 1`
        1: the line endings of the plan were changed
        34: the plan was edited after it was made: the SQL below is not that of versions/2_wren.up.sql
        2: the plan was edited after it was made: what stands below has another checksum
        2: the plan was edited after it was made: what stands below has another checksum
        2: the plan was edited after it was made: what stands below has another checksum
        2: the plan was edited after it was made: what stands below has another checksum"#]]
    .assert_eq(&cases.join("\n"));
}

/// Writes the right checksum above a text that was edited.
fn resealed(text: &str) -> String {
    let body = text.splitn(3, '\n').nth(2).unwrap();
    format!("-- dunlin plan 1\n-- checksum: {}\n{body}", Checksum::of_bytes(body.as_bytes()))
}

#[test]
fn a_plan_with_the_right_checksum_is_read_strictly_all_the_same() {
    let text = plan().to_text();
    let edits = [
        ("-- set: main\n", ""),
        ("-- set: main", "-- set: a b"),
        ("-- engine: postgres", "-- engine: oracle"),
        ("-- goal: to", "-- goal: sideways"),
        ("out-of-order allowed", "out-of-order perhaps"),
        ("-- event: 4", "-- event: four"),
        ("-- transaction: its own", "-- transaction: yes"),
        ("-- lines: 3", "-- lines: 99"),
        ("-- lines: 3", "-- lines: 2"),
        ("-- var: name", "-- var: 1"),
        ("-- step 1 of 2: up", "-- step 1 of 2: over"),
        ("select 1;", "select 2;"),
    ];
    let shown = edits.map(|(from, to)| {
        assert!(text.contains(from), "{from}");
        bad(&resealed(&text.replacen(from, to, 1)))
    });
    expect![[r#"
        9: here should be the set
        9: here should be the name of a set
        10: here should be the engine
        11: here should be a direction and a target
        12: here should be what was allowed and what was not
        16: here should be the number and the hash of the last event
        32: here should be which transaction holds it
        33: here should be as many lines of SQL as there are below
        36: here should be an empty line
        44: here should be the name and the value of a variable
        27: here should be a direction and a migration's name
        34: the plan was edited after it was made: the SQL below is not that of versions/2_wren.up.sql"#]]
    .assert_eq(&shown.join("\n"));
}

proptest! {
    #[test]
    fn any_plan_reads_back_as_written(
        sql in "(?s).{0,40}",
        value in "(?s).{0,20}",
        warning in "(?s).{0,20}",
        lines in prop::collection::vec("[-a: \r;]{0,6}", 0..5),
    ) {
        let mut plan = plan();
        plan.warnings.push(warning);
        plan.steps[1].values = [("v".parse().unwrap(), value)].into();
        plan.steps[1].sql = sql;
        plan.steps.push(step(Direction::Down, "7_x", &lines.join("\n")));
        prop_assert_eq!(PlanFile::parse(&plan.to_text()), Ok(plan));
    }
}

fn moved(change: impl FnOnce(&mut PlanFile)) -> String {
    let mut now = plan();
    change(&mut now);
    plan().moved(&now).iter().map(Moved::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_same_plan_has_not_moved() {
    assert_eq!(moved(|_| ()), "");
    assert_eq!(moved(|now| (now.tool_version, now.warnings) = ("9".to_owned(), Vec::new())), "");
}

#[test]
fn whatever_would_be_done_otherwise_is_told() {
    let renamed = |now: &mut PlanFile| now.steps[0].slug = "hen".into();
    let valued = |now: &mut PlanFile| {
        now.steps[1].values = [("name".parse().unwrap(), "x".to_owned())].into();
        now.steps[1].sql = "insert 'x'".to_owned();
    };
    let edited = |now: &mut PlanFile| {
        now.steps[0] = PlannedStep { sql: "select 2;".to_owned(), up: b3("select 2;"), ..now.steps[0].clone() };
    };
    let cases = [
        moved(|now| now.engine = Dialect::Sqlite),
        moved(|now| now.set = SetName::new("other").unwrap()),
        moved(edited),
        moved(|now| now.steps[0].down = Some(b3("down"))),
        moved(|now| now.repeats[0].checksum = b3("other")),
        moved(valued),
        moved(|now| now.steps[1].sql = "insert 'y'".to_owned()),
        moved(|now| now.steps[0].holding = Holding::None),
        moved(renamed),
        moved(|now| now.steps[0].parents = Vec::new()),
        moved(|now| drop(now.steps.pop())),
        moved(|now| now.steps.push(step(Direction::Down, "8_y", "select 8;"))),
        moved(|now| now.steps.swap(0, 1)),
        moved(|now| now.heals[0].from = b3("else")),
        moved(|now| now.forgets.clear()),
    ];
    assert!(cases.iter().all(|case| !case.is_empty()));
    expect![[r#"
        it is for PostgreSQL, and this is SQLite
        it is for the set `main`, and this is `other`
        `up 2_wren`: the up file was edited
          in plan  b3:3d97522660a70fbd658da5ee273076c6051420bd1646cd0f8b2c4ceddaee0c13
          in file  b3:98fc6db759e8d27df26254bcf0dd0c100fa54c8e0e266c1421e8dffe3bc397ce
        `up 2_wren`: the down file was edited
          in plan  none
          in file  b3:3c57bd1e9ba1507dbf64c96c95092c81196ad1d1d271e5a6df7bb2dcceb28eb7
        `repeat singers`: the file was edited
          in plan  b3:67cd81b9bb01e0c3b57f3b03a28d72c5ca779655f17287938260678cf2db1565
          in file  b3:3f796163ebf94718de1cd7582655c012f995c06f1e6970ea2bdc15bcd88a324a
        `up 3_rob, in`: the variable `name` has another value
          in plan  two
        lines
          now      x
        `up 3_rob, in`: the SQL is another
        `up 2_wren`: another transaction would hold it
          in plan  its own
          now      none, statement by statement
        `up 2_wren`: it is called `2_hen` now
        `up 2_wren`: it revises others
          in plan  1
          in file  base
        `up 3_rob, in`: this would not be done now
        `down 8_y`: this would be done now, and is not in the plan
        the same would be done now in another order
        `heal 1_bird from b3:332a34a2…b20d`: this would not be done now
        `heal 1_bird from b3:d2465259…6362`: this would be done now, and is not in the plan
        `forget singers`: this would not be done now"#]]
    .assert_eq(&cases.join("\n"));
}

fn logged(n: u64) -> Logged {
    let event = Event {
        set: SetName::default(),
        n,
        at: format!("2026-11-21T10:00:0{n}.123456Z"),
        action: Action::Up,
        id: n.to_string().parse().ok(),
        checksum: None,
        db_user: String::new(),
        os_user: String::new(),
        host: String::new(),
        application: String::new(),
        tool_version: String::new(),
        detail: String::new(),
    };
    Logged { event, detail: crate::ledger::Detail::default(), hash: Some(b3(&format!("event {n}"))) }
}

fn basis(event: u64) -> Basis {
    let hash = logged(event).hash.filter(|_| event > 0);
    Basis { heads: Vec::new(), event, hash, rows: 0, digest: b3("rows") }
}

#[test]
fn a_state_that_moved_says_how() {
    let log = |from: u64, to: u64| (from.max(1)..=to).map(logged).collect::<Vec<_>>();
    let moved =
        |planned: &Basis, now: &Basis, since: &[Logged]| planned.moved(now, since).map(|moved| moved.to_string());
    assert_eq!(moved(&basis(2), &basis(2), &log(2, 2)), None);
    let other = Basis { hash: Some(b3("other")), ..basis(2) };
    let cases = [
        moved(&basis(2), &basis(4), &log(2, 4)),
        moved(&basis(0), &basis(7), &log(0, 7)),
        moved(&basis(4), &basis(2), &[]),
        moved(&other, &basis(2), &log(2, 2)),
        moved(&other, &basis(3), &log(2, 3)),
        moved(&basis(2), &Basis { digest: b3("changed"), ..basis(2) }, &[]),
        moved(&basis(2), &basis(0), &[]),
    ];
    let cases: Vec<String> = cases.into_iter().map(Option::unwrap).collect();
    expect![[r#"
        2 events came since:
          3  2026-11-21 10:00:03  up 3
          4  2026-11-21 10:00:04  up 4
        7 events came since:
          1  2026-11-21 10:00:01  up 1
          2  2026-11-21 10:00:02  up 2
          3  2026-11-21 10:00:03  up 3
          4  2026-11-21 10:00:04  up 4
          5  2026-11-21 10:00:05  up 5
          and 2 more
        it was made behind event 4, which is not in this history: this is another database, or one that was restored
          in plan  b3:fb7790fbc069547b761d863ccb1394ef3e78198a2d8ee5c5aeddaa8a41aad208
          here     none
        it was made behind event 2, which is not in this history: this is another database, or one that was restored
          in plan  b3:3f796163ebf94718de1cd7582655c012f995c06f1e6970ea2bdc15bcd88a324a
          here     b3:b7c28f5eef95c76c362c703c8f903e45230e5f943196176fe9213092d0ccb281
        it was made behind event 2, which is not in this history: this is another database, or one that was restored
          in plan  b3:3f796163ebf94718de1cd7582655c012f995c06f1e6970ea2bdc15bcd88a324a
          here     b3:b7c28f5eef95c76c362c703c8f903e45230e5f943196176fe9213092d0ccb281
        rows of the history were changed, and no event tells of it
          in plan  b3:33978d32b54a07155d35dd6603849ed76a0b7646d5887bfcead142ea81433920
          here     b3:6a9f75eec6464a34f0a7967471bc2b468914240a1bd29215340487264cb279e2
        it was made behind event 2, which is not in this history: this is another database, or one that was restored
          in plan  b3:b7c28f5eef95c76c362c703c8f903e45230e5f943196176fe9213092d0ccb281
          here     none"#]]
    .assert_eq(&cases.join("\n"));
}
