//! The ways that a database can be brought.

use dunlin::{Dialect, Target};
use dunlin_core::ledger::Action;

use super::birds::{BIRD_UP, birds, checksum};
use super::{has, migrations, names};
use crate::support::database::Database;
use crate::support::project::Project;

engines! {
    async fn up_applies_what_is_pending_and_a_second_up_does_nothing(database: &Database) {
        let project = birds();
        let first = migrations(&project).up(&database.url).await.expect("it is applied");
        assert_eq!(names(&first), ["1_bird", "2_wren", "3_nest"]);
        assert!(first.findings.is_empty());
        assert_eq!(database.sql("select id, name from bird"), "1|wren");

        let second = migrations(&project).up(&database.url).await.expect("nothing is pending");
        assert!(second.steps.is_empty());
        assert_eq!(migrations(&project).history(&database.url).await.expect("the log can be read").len(), 3);
    }

    async fn down_takes_back_what_lies_behind_its_target(database: &Database) {
        let (project, before) = (birds(), database.schema());
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let one = migrations.down(&database.url, Target::Back(1)).await.expect("it is reverted");
        assert_eq!(names(&one), ["3_nest"]);
        assert!(has(database, "bird") && !has(database, "nest"));

        let rest = migrations.down(&database.url, Target::Base).await.expect("it is reverted");
        assert_eq!(names(&rest), ["2_wren", "1_bird"]);
        assert_eq!(database.schema(), before);
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "0");
    }

    async fn to_goes_whichever_way_leads_there(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        let to = async |target: &str| {
            let report = migrations.to(&database.url, Target::parse(target).expect("a target")).await;
            report.expect("it leads there").steps.iter().map(|step| format!("{} {}", step.direction, step.name)).collect::<Vec<_>>()
        };
        assert_eq!(to("2").await, ["up 1_bird", "up 2_wren"]);
        assert_eq!(to("+1").await, ["up 3_nest"]);
        assert_eq!(to("1").await, ["down 3_nest", "down 2_wren"]);
        assert_eq!(to("nest").await, ["up 2_wren", "up 3_nest"]);
        assert_eq!(to("base").await, ["down 3_nest", "down 2_wren", "down 1_bird"]);
    }

    async fn redo_reverts_and_applies_again(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let (down, up) = migrations.migrator().redo(&database.url, Target::Back(2)).await.expect("it is done again");
        assert_eq!((names(&down), names(&up)), (vec!["3_nest", "2_wren"], vec!["2_wren", "3_nest"]));
        assert_eq!(database.sql("select id, name from bird"), "1|wren");
    }

    async fn the_plan_is_what_a_run_then_does(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        let plan = migrations.plan(&database.url, Target::Head).await.expect("a plan");
        let planned: Vec<_> = plan.steps.iter().map(|step| step.migration.name()).collect();
        assert_eq!(planned, names(&migrations.up(&database.url).await.expect("it is applied")));
    }

    async fn history_rows_and_events_say_exactly_what_was_done(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.migrator().application("aviary 1.2").up(&database.url).await.expect("it is applied");
        migrations.down(&database.url, Target::Back(1)).await.expect("it is reverted");

        let bird = (checksum(BIRD_UP), checksum("drop table bird;\n"));
        let wren = (checksum("insert into bird values (1, 'wren');\n"), checksum("delete from bird where id = 1;\n"));
        let rows = database.sql(
            "select set_name, id, slug, parents, seq, kind, state, up_checksum, down_checksum, down_sql, breaking, tool_version \
             from dunlin_migrations order by seq",
        );
        let no = if database.sql("select 1 = 0") == "f" { "f" } else { "0" };
        let version = env!("CARGO_PKG_VERSION");
        let newline = if database.dialect.facts().ddl_rolls_back { "\n" } else { "\\n" };
        let expected = format!(
            "main|1|bird||1|applied|applied|{}|{}|drop table bird;{newline}|{no}|{version}\n\
             main|2|wren|1|2|applied|applied|{}|{}|delete from bird where id = 1;{newline}|{no}|{version}",
            bird.0, bird.1, wren.0, wren.1,
        );
        assert_eq!(rows, expected);
        assert_eq!(database.sql("select count(*) from dunlin_migrations where duration_us >= 0"), "2");

        let events = migrations.history(&database.url).await.expect("the log can be read");
        let told: Vec<_> = events
            .iter()
            .map(|event| (event.n, event.action.clone(), event.id.as_ref().expect("an id").to_string(), &*event.application))
            .collect();
        let expected = [
            (1, Action::Up, "1".to_owned(), "aviary 1.2"),
            (2, Action::Up, "2".to_owned(), "aviary 1.2"),
            (3, Action::Up, "3".to_owned(), "aviary 1.2"),
            (4, Action::Down, "3".to_owned(), ""),
        ];
        assert_eq!(told, expected);
        assert_eq!(events[0].checksum.map(|checksum| checksum.to_string()), Some(bird.0));
        assert!(events.iter().all(|event| event.at.ends_with('Z') && event.at.len() == 27));
        assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at));
    }

    async fn the_history_may_have_any_prefix(database: &Database) {
        let project = birds();
        for prefix in ["Aviary", "a b", "ab'c"] {
            database.try_sql("drop table nest; drop table bird;").ok();
            let migrations = migrations(&project);
            let migrator = migrations.migrator().history_prefix(prefix);
            assert_eq!(migrator.up(&database.url).await.expect("it is applied").steps.len(), 3, "{prefix}");
            assert_eq!(migrator.status(&database.url).await.expect("a status").pending(), 0, "{prefix}");
            assert_eq!(migrator.history(&database.url).await.expect("a log").len(), 3, "{prefix}");
            assert_eq!(migrator.up(&database.url).await.expect("nothing is pending").steps.len(), 0, "{prefix}");
        }
    }

    async fn the_schema_is_what_the_engines_own_client_makes_of_the_files(database: &Database) {
        let file = match database.dialect {
            Dialect::Sqlite => include_str!("../fixtures/contract/everything.sqlite.sql"),
            Dialect::Postgres => include_str!("../fixtures/contract/everything.postgres.sql"),
            Dialect::Mysql => include_str!("../fixtures/contract/everything.mysql.sql"),
        };
        let project = Project::new();
        project.file("versions/1_everything.up.sql", file);
        migrations(&project).up(&database.url).await.expect("it is applied");

        let Some(other) = Database::new(database.dialect) else { return };
        other.sql(file);
        assert_eq!(database.schema(), other.schema());
        assert!(database.schema().len() > 300, "{}", database.schema());
    }
}
