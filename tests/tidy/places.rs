use super::sources;

/// Says which files of a crate use a word in code, comments apart.
fn users(folder: &str, words: &[&str]) -> Vec<String> {
    let uses = |text: &str| {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.into_iter().any(|line| words.iter().any(|word| line.contains(word)))
    };
    let code = sources(folder).into_iter().filter(|(file, text)| !file.ends_with("tests.rs") && uses(text));
    code.map(|(file, _)| file).collect()
}

#[test]
fn one_file_names_sqlx_query_functions() {
    let words = ["raw_sql(", "sqlx::query", "query_as(", "query_scalar(", ".fetch_all(", ".fetch_many("];
    assert_eq!(users("runtime/src", &words), ["runtime/src/session/sqlx.rs"]);
    assert!(users("cli/src", &["sqlx::"]).is_empty());
}

#[test]
fn one_file_writes_to_the_terminal() {
    // A host may ask what the streams are; a template may hold the macro's name.
    let words = [" println!(", " eprintln!(", " print!(", " eprint!(", "stdout().lock(", "stderr().lock("];
    assert_eq!(users("cli/src", &words), ["cli/src/output.rs"]);
    assert!(users("core/src", &words).is_empty());
    assert!(users("runtime/src", &words).is_empty());
}

#[test]
fn one_file_reads_the_environment() {
    let words = ["env::var", "env::vars", "env::current_dir"];
    assert_eq!(users("cli/src", &words), ["cli/src/host.rs"]);
    assert!(users("core/src", &words).is_empty());
    assert!(users("runtime/src", &words).is_empty());
}

#[test]
fn one_file_of_core_touches_the_file_system() {
    assert_eq!(users("core/src", &["std::fs", "File::open"]), ["core/src/directory/read.rs"]);
}

#[test]
fn only_main_ends_the_process_and_reads_its_arguments() {
    let words = ["process::exit", "env::args"];
    let users: Vec<String> = ["core/src", "macros/src", "runtime/src", "cli/src"]
        .into_iter()
        .flat_map(|folder| users(folder, &words))
        .collect();
    assert!(users.iter().all(|file| file == "cli/src/main.rs"), "{users:?}");
}
