use std::collections::{BTreeMap, HashMap};

use super::{Git, GitError, fields};

/// A text that git stores, by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Object(String);

impl Git {
    /// Returns the files in the folder as a commit has them, by their paths from it, without links. A commit without the
    /// folder has none.
    pub(crate) fn files(&self, commit: &str) -> Result<BTreeMap<String, Object>, GitError> {
        let listed = self.answer(&["ls-tree", "-r", "-z", commit])?;
        Ok(fields(&listed).filter_map(|line| file(&line)).collect())
    }

    /// Reads what git stores. What is not there is left out.
    pub(crate) fn texts(&self, objects: &[Object]) -> Result<HashMap<Object, String>, GitError> {
        let mut objects: Vec<&Object> = objects.iter().filter(|object| !object.0.contains('\n')).collect();
        objects.sort_unstable();
        objects.dedup();
        if objects.is_empty() {
            return Ok(HashMap::new());
        }
        let arguments = ["cat-file", "--batch"];
        let asked: String = objects.iter().map(|object| format!("{}\n", object.0)).collect();
        let output = self.run(&arguments, asked.as_bytes())?;
        if !output.status.success() {
            return Err(super::failed(&arguments, &output));
        }
        let mut rest = &output.stdout[..];
        let mut texts = HashMap::new();
        for object in objects {
            let Some((answer, after)) = answer(rest) else { break };
            texts.extend(answer.map(|bytes| (object.clone(), String::from_utf8_lossy(bytes).into_owned())));
            rest = after;
        }
        Ok(texts)
    }
}

impl Object {
    /// Names a file of a commit by its path from the top of the work tree.
    pub(crate) fn of_file(commit: &str, path: &str) -> Object {
        Object(format!("{commit}:{path}"))
    }
}

/// `<mode> <kind> <hash>`, a tab, and the name.
fn file(line: &str) -> Option<(String, Object)> {
    let (what, name) = line.split_once('\t')?;
    let mut words = what.split(' ');
    let is_file = words.next()?.starts_with("100") && words.next()? == "blob";
    Some((name.to_owned(), Object(words.next()?.to_owned()))).filter(|_| is_file)
}

/// Takes one answer of `cat-file --batch`: `<hash> <kind> <size>`, the bytes and a line feed, or `<name> missing`.
fn answer(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
    let body = bytes.get(end + 1..)?;
    let size = head.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
    match size {
        Some(size) => Some((Some(body.get(..size)?), body.get(size + 1..)?)),
        None => Some((None, body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_count() {
        assert_eq!(file("100644 blob 12ab\t1_a b.up.sql"), Some(("1_a b.up.sql".into(), Object("12ab".into()))));
        assert_eq!(file("120000 blob 12ab\tlink.sql"), None);
        assert_eq!(file("040000 tree 12ab\tfolder"), None);
        assert_eq!(file("160000 commit 12ab\tsubmodule"), None);
    }

    #[test]
    fn answers_are_taken_apart_by_their_sizes() {
        let said = b"12ab blob 4\na\nb\n\nHEAD:x missing\n34cd blob 0\n\n";
        let (first, rest) = answer(said).unwrap();
        let (second, rest) = answer(rest).unwrap();
        let (third, rest) = answer(rest).unwrap();
        assert_eq!((first, second, third), (Some(&b"a\nb\n"[..]), None, Some(&b""[..])));
        assert_eq!((rest, answer(rest)), (&b""[..], None));
        assert_eq!(answer(b"12ab blob 4\na"), None);
    }
}
