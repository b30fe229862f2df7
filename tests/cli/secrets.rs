//! Passwords of URLs, which never show.

use expect_test::expect;

use super::{birds, shown};
use crate::support::command::Command;
use crate::support::project::Project;

const URL: &str = "postgres://ann:hush-hush@127.0.0.1:1/app?sslpassword=hush-hush";

fn command(project: &Project, arguments: &[&str]) -> Command {
    Command::dunlin(project).arguments(arguments.iter().copied())
}

/// Runs a command that was given the URL in the environment and once more as a flag, and looks for the password.
fn check(arguments: &[&str]) {
    let project = birds();
    let by_environment = command(&project, arguments).variable("DATABASE_URL", URL);
    let by_flag = command(&project, arguments).arguments(["--url", URL]);
    for outcome in [by_environment.run(), by_flag.run()] {
        let all = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!all.contains("hush"), "{all}");
    }
}

#[test]
fn help_shows_no_password() {
    check(&["--help"]);
    check(&["up", "--help"]);
    check(&["help", "status"]);
}

#[test]
fn errors_show_no_password() {
    check(&["up"]);
    check(&["status", "-v"]);
    check(&["status", "--format", "json"]);
    check(&["up", "--no-such-flag"]);
    check(&["up", URL]);
    check(&["plan", "head", URL]);
}

#[test]
fn an_unreachable_server_is_named_without_the_password() {
    let outcome = command(&birds(), &["status", "-v"]).variable("DATABASE_URL", URL).run();
    expect![[r#"
        $ dunlin status -v
        --- stderr
        settings file  none
        database       postgres://ann:***@127.0.0.1:[port]/app?sslpassword=*** (from DATABASE_URL)
        migrations     versions
        error: cannot connect to postgres://ann:***@127.0.0.1:[port]/app?sslpassword=***: Connection refused (os error 111)
        hint: is the server running, and are host and port right?
        --- exit 1
    "#]].assert_eq(&shown(&outcome));
}

#[test]
fn a_settings_file_that_cannot_be_read_shows_no_password() {
    let project = birds();
    project.file("dunlin.toml", format!("url = {URL}\n"));
    let outcome = command(&project, &["status"]).run();
    assert!(!outcome.stderr.contains("hush"), "{}", outcome.stderr);
    project.remove("dunlin.toml").file(".env", format!("DATABASE_URL='{URL}\nfoo bar\n"));
    let outcome = command(&project, &["status"]).run();
    assert!(!outcome.stderr.contains("hush"), "{}", outcome.stderr);
    expect![[r#"
        $ dunlin status
        --- stderr
        error: .env: a line is not `NAME=value`
        --- exit 1
    "#]]
    .assert_eq(&shown(&outcome));
}
