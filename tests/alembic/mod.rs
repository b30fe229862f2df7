//! What Alembic 1.20 gets wrong, and dunlin must not: a test for each defect that was found by running it.
//!
//! [`Place`] is a project and a database, written down as a graph in one line. A test runs the built binary and looks at the
//! exit code, the part of the message that helps, and the database.
//!
//! | defect of Alembic | the promise | where |
//! |---|---|---|
//! | D1: `KeyError` in the middle of a run, for a dependency on what a parent comes after | `a_dependency_that_a_parent_includes_does_not_stop_the_run` | [`heads`] |
//! | D2: rows for a migration and what comes before it; no run after that | `heads_after_going_down_are_heads_and_the_next_run_goes_on` | [`heads`] |
//! | D3: rows of other branches are lost by `stamp` | `a_stamp_leaves_the_rows_of_other_branches` | [`stamping`] |
//! | D4: `stamp --purge` with a target and what comes after it breaks every run | `a_stamp_at_a_target_and_its_ancestor_is_a_stamp_at_the_target` | [`stamping`] |
//! | D5: `KeyError` for two targets below one row | `two_targets_below_a_head_are_stamped` | [`stamping`] |
//! | D6: cycles over merges and dependencies run out of order | `a_cycle_is_shown_as_its_path_and_nothing_runs` | [`graphs`] |
//! | D7: such cycles make every command hang | `a_cycle_is_shown_as_its_path_and_nothing_runs` | [`graphs`] |
//! | D8: the order is that of Python's hashes | `the_order_is_the_same_in_every_run` | [`graphs`] |
//! | D9: a traceback for an unknown parent | `an_unknown_parent_is_named_with_its_file_and_the_nearest_id` | [`graphs`] |
//! | D10: one of two files with one id is ignored | `two_files_with_one_id_are_both_named` | [`graphs`] |
//! | D11: `revision` overwrites a file | `a_new_migration_overwrites_nothing` | [`making`] |
//! | D12: `revision` writes first, then fails, and the project is broken | `a_refused_migration_leaves_no_file` | [`making`] |
//! | D13: "Can't locate" for an ambiguous name | `an_ambiguous_name_lists_its_candidates` | [`names`] |
//! | D14: tracebacks without a text for odd targets | `every_odd_target_is_told_in_a_sentence`, `a_step_back_on_a_branch_with_two_heads_is_one_step` | [`names`] |
//! | D15: `+1junk` is `+1` | `a_target_is_matched_in_full` | [`names`] |
//! | D16: silence where nothing is done | `nothing_to_do_is_said_with_its_reason` | [`running`] |
//! | D17: `downgrade -1` fails at a merge | `one_step_back_from_a_merge_undoes_the_merge` | [`heads`] |
//! | D18: `stamp head` fails at a row that no file has | `a_stamp_leads_away_from_a_row_that_no_file_has` | [`stamping`] |
//! | D19: reading commands fail at such a row | `a_row_that_no_file_has_is_shown` | [`output`] |
//! | D20: `-q` mutes results and errors | `quiet_mutes_neither_results_nor_errors` | [`output`] |
//! | D21: a failing hook is "done" | `a_hook_that_fails_is_named_and_the_files_stay` | [`making`] |
//! | D22: ids of more than 32 characters fail after the migration ran | `a_long_id_is_recorded_and_a_longer_one_is_refused` | [`names`] |
//! | D23: a quote in an id breaks the SQL | `a_quote_in_a_name_is_a_letter_like_any_other` | [`names`] |
//! | D24: reserved words are accepted as ids | `a_word_of_the_grammar_is_no_id_and_no_label` | [`names`] |
//! | D25: a message breaks the file | `a_message_of_any_text_is_a_comment` | [`making`] |
//! | D26: runs that start together fail, or do the work twice | `five_runs_at_once_do_the_work_once_and_all_succeed` | [`running`] |
//! | D27: a rebuild on SQLite deletes rows of other tables | `a_rebuild_that_would_delete_rows_of_other_tables_is_refused` | [`rebuilding`] |
//! | D28: a rebuild fails at views, generated columns and left-overs, and leaves its table | `a_rebuild_copes_with_views_and_generated_columns`, `a_rebuild_that_fails_leaves_nothing_behind` | [`rebuilding`] |
//! | D29: a failed migration stays half done for ever | `a_failed_migration_is_rolled_back_or_told_statement_by_statement` | [`running`] |
//! | D30: `-3:current` counts from the head of the files | `an_offset_in_a_range_counts_from_the_other_end` | [`names`] |
//! | D31: errors on stdout, and exit codes without a meaning | `results_are_on_stdout_and_everything_else_on_stderr` | [`output`] |
//! | D32: `current --check-heads` fails though all is applied | `a_head_that_others_depend_on_is_applied_with_them` | [`heads`] |

mod graphs;
mod heads;
mod making;
mod names;
mod output;
mod rebuilding;
mod running;
mod stamping;

use regex::Regex;

use crate::docs::command_lines::words;
use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::project::Project;

/// A project and the database that its commands work on.
struct Place<'d> {
    project: Project,
    database: &'d Database,
}

impl<'d> Place<'d> {
    /// Makes a project of a graph; see [`Place::add`].
    fn new(database: &'d Database, graph: &str) -> Place<'d> {
        let place = Place { project: Project::new(), database };
        place.add(graph);
        place
    }

    /// Adds migrations: `a: base; b: a; c: a, b + d` are three, of which the last revises two and depends on one more.
    ///
    /// Each makes the table `of_<id>`. Its slug is `x<id>`.
    fn add(&self, graph: &str) {
        for line in graph.split(';') {
            let (id, before) = line.split_once(':').expect("an id and what comes before it");
            let (id, (parents, depends_on)) = (id.trim(), before.split_once('+').unwrap_or((before, "")));
            let mut up = format!("-- dunlin: revises {}\n", parents.trim());
            if !depends_on.is_empty() {
                up += &format!("-- dunlin: depends-on {}\n", depends_on.trim());
            }
            up += &format!("create table of_{id} (id integer primary key);\n");
            self.project.migration(&format!("{id}_x{id}"), &up, &format!("drop table of_{id};\n"));
        }
    }

    /// Takes away the files of migrations.
    fn forget<const N: usize>(&self, ids: [&str; N]) {
        for id in ids {
            self.project
                .remove(&format!("versions/{id}_x{id}.up.sql"))
                .remove(&format!("versions/{id}_x{id}.down.sql"));
        }
    }

    /// Makes a command of a line, as one would type it behind `dunlin`.
    fn command(&self, line: &str) -> Command {
        let words = words(line).expect("a command line");
        Command::dunlin(&self.project).arguments(words).variable("DATABASE_URL", &self.database.url)
    }

    /// Runs a command to its end, however it ends.
    fn run(&self, line: &str) -> Outcome {
        self.command(line).run()
    }

    /// Runs commands that must succeed, and returns what the last one wrote to stdout.
    fn ok<const N: usize>(&self, lines: [&str; N]) -> String {
        let outcomes = lines.map(|line| self.run(line).expect_code(0));
        outcomes.into_iter().next_back().map_or_else(String::new, |last| last.stdout)
    }

    /// Runs a command that must end with an error and this code, and returns what it wrote to stderr.
    fn stops(&self, line: &str, code: i32) -> String {
        let outcome = self.run(line).expect_code(code);
        assert!(outcome.stderr.lines().any(|line| line.starts_with("error: ")), "{}", outcome.snapshot());
        outcome.stderr
    }

    /// Returns the ids of the rows, in the order in which they were written.
    fn applied(&self) -> Vec<String> {
        // There are no tables of dunlin before the first run.
        let rows = self.database.try_sql("select id from dunlin_migrations order by seq").unwrap_or_default();
        rows.lines().map(str::to_owned).collect()
    }

    /// Returns the ids that `current` shows.
    fn heads(&self) -> Vec<String> {
        ids(&self.ok(["current --format json"]))
    }

    /// Says whether there is a table of this name.
    fn has(&self, table: &str) -> bool {
        self.database.try_sql(&format!("select count(*) from {table}")).is_ok()
    }
}

/// Returns the ids in a JSON document.
fn ids(json: &str) -> Vec<String> {
    let id = Regex::new(r#""id": "(\w+)""#).expect("a pattern");
    id.captures_iter(json).map(|found| found[1].to_owned()).collect()
}

/// Returns the files of the migrations, each with its text.
fn versions(place: &Place<'_>) -> Vec<(String, String)> {
    let names = place.project.files().into_iter().filter(|name| name.starts_with("versions/"));
    names.map(|name| (name.clone(), place.project.read(&name))).collect()
}
