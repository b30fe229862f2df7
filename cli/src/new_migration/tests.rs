use dunlin::core::directory::{Options, SourceFile, UpOnly};
use dunlin::core::lockfile::LockFile;

use super::*;
use crate::config_file::IdStyle;

fn directory(names: &[&str]) -> Directory {
    let files = names.iter().map(|name| SourceFile {
        name: (*name).to_owned().into(),
        text: "select 1;".into(),
        checksum: None,
    });
    let options = Options { up_only: UpOnly::Allow, ..Options::default() };
    Directory::from_files("versions", files.collect(), Some(&LockFile::default().render()), options).unwrap()
}

fn files(existing: &[&str], words: &str, style: Option<IdStyle>) -> Result<String, String> {
    let wish = Wish { words: Words::Slug(words.to_owned()), ..Wish::default() };
    let making = Making { id: style, ..Making::default() };
    let manner =
        Manner { making, time: "20261121093000".to_owned(), chance: 0x0123_4567_89ab_cdef, ..Manner::default() };
    let new = NewMigration::new(&wish, &manner, &directory(existing)).map_err(|error| error.to_string())?;
    let names: Vec<&str> = new.files.iter().map(|(name, _)| &**name).collect();
    Ok(names.join(" "))
}

fn up_file(existing: &[&str], style: Option<IdStyle>) -> String {
    files(existing, "x", style).unwrap().split(' ').next().unwrap().to_owned()
}

#[test]
fn ids_go_on_as_they_are() {
    assert_eq!(up_file(&["0001_a.up.sql"], None), "0002_x.up.sql");
    assert_eq!(up_file(&["9_a.up.sql", "2_b.up.sql"], None), "10_x.up.sql");
    assert_eq!(up_file(&["V7_a.up.sql"], None), "V8_x.up.sql");
    assert_eq!(up_file(&["20260105090000_a.up.sql"], None), "20261121093000_x.up.sql");
    assert_eq!(up_file(&["20261121093000_a.up.sql"], None), "20261121093001_x.up.sql");
    assert_eq!(files(&["abc_a.up.sql"], "x", None), Err("no id follows from `abc`, the last one".into()));
}

#[test]
fn ids_have_the_style_of_the_project() {
    assert_eq!(up_file(&[], Some(IdStyle::Sequence)), "0001_x.up.sql");
    assert_eq!(up_file(&["07_a.up.sql"], Some(IdStyle::Sequence)), "08_x.up.sql");
    assert_eq!(up_file(&["0007_a.up.sql"], Some(IdStyle::Timestamp)), "20261121093000_x.up.sql");
    assert_eq!(up_file(&[], Some(IdStyle::Hex)), "0123456789ab_x.up.sql");
    assert_eq!(up_file(&["0123456789ab_a.up.sql"], Some(IdStyle::Hex)).len(), "0123456789ab_x.up.sql".len());
    // It comes after files that state no parents.
    assert!(up_file(&["20260105090000_a.up.sql"], Some(IdStyle::Hex)).starts_with(|c: char| c.is_ascii_lowercase()));
}

#[test]
fn a_directory_of_single_files_stays_one() {
    assert_eq!(files(&["0001_a.sql", "0002_b.sql"], "x", None).unwrap(), "0003_x.sql");
}
