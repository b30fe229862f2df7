use expect_test::{Expect, expect};

use super::*;

fn check(text: &str, expected: &Expect) {
    let faults = parse(text).expect_err("the header should have faults");
    let lines: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.line, fault.kind)).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn every_directive_reads_its_own_example() {
    for directive in &DIRECTIVES {
        let header = parse(&format!("-- dunlin: {}\nselect 1;", directive.example));
        assert_ne!(header, Ok(Header::default()), "{}", directive.key);
        assert!(header.is_ok(), "{}", directive.key);
        assert!(directive.sentence.ends_with('.'), "{}", directive.key);
    }
}

#[test]
fn an_unknown_directive_names_its_nearest_neighbour() {
    check("-- dunlin: transacton none", &expect!["1: unknown directive `transacton`; did you mean `transaction`?"]);
}

#[test]
fn every_fault_of_a_header_is_found() {
    check(
        "-- licence\n\n/* block\n */ -- dunlin: transaction off\n--dunlin: breaking\n-- Dunlin : breaking\n-- dunlin: revises 1, \n-- dunlin: revises x-y\n-- dunlin: breaking\n-- dunlin: breaking\nselect 1;\n-- dunlin: nonsense",
        &expect![[r"
            4: `transaction` takes `none`, not `off`; for example `-- dunlin: transaction none`
            5: write a directive as `-- dunlin: <key> [value]`
            6: write a directive as `-- dunlin: <key> [value]`
            7: `revises` takes the ids of the parents, or `base`, not `1,`; for example `-- dunlin: revises 20261121093000`
            8: the id `x-y` must be 1 to 64 letters and digits
            10: `breaking` stands a second time"]],
    );
}

#[test]
fn a_label_that_a_target_would_mistake_says_why() {
    check(
        "-- dunlin: label Head\n-- dunlin: label billing-2\n-- dunlin: label a@b\nselect 1;",
        &expect![[r"
            1: the label `Head` is a reserved word (`head`, `heads`, `base`, `current`)
            2: the label `billing-2` ends in `-` and a number, which would mean so many steps back
            3: `label` takes a name of letters, digits, `_`, `-` and `.`, not `a@b`; for example `-- dunlin: label billing`"]],
    );
}

#[test]
fn directives_stand_in_the_leading_comment_only() {
    let header =
        parse("-- dunlin: breaking\n\n-- more\n/* and\nmore */\n-- dunlin: label a\nselect 1; -- dunlin: label b")
            .unwrap();
    assert!(header.breaking);
    assert_eq!(header.labels, ["a".parse().unwrap()]);
}

#[test]
fn the_no_transaction_comment_of_sqlx_is_honoured() {
    assert_eq!(parse("-- no-transaction\nvacuum;").unwrap().wrap, Wrap::None);
    assert_eq!(parse("-- why no-transaction matters\nselect 1;").unwrap().wrap, Wrap::Transaction);
}

#[test]
fn behaviour_is_canonical() {
    let one = parse("-- dunlin: transaction  none\n-- dunlin: label a\n-- dunlin: lock-timeout 5s").unwrap();
    let other = parse("-- dunlin: lock-timeout 5s\n-- dunlin: transaction none").unwrap();
    assert_eq!(one.behaviour(), "lock-timeout 5s\ntransaction none\n");
    assert_eq!(one.behaviour(), other.behaviour());
}
