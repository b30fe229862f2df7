//! Links between pages lead somewhere.

use std::path::Path;

/// Every page that people read, relative to the root.
fn pages(root: &Path) -> Vec<String> {
    let paths = std::fs::read_dir(root.join("docs")).expect("a folder").map(|entry| entry.expect("an entry").path());
    let pages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let documents = pages.filter_map(|path| Some(format!("docs/{}", path.file_name()?.to_string_lossy())));
    let others = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "examples/guides/README.md"];
    documents.chain(others.map(str::to_owned)).collect()
}

/// The targets of a page's links, but those to the web.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://"))
}

/// The names of a page's headings, as links write them.
fn headings(page: &str) -> Vec<String> {
    let headings =
        page.lines().filter_map(|line| line.strip_prefix('#')).map(|line| line.trim_start_matches('#').trim());
    let name = |heading: &str| -> String {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(name).collect()
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in pages(&root) {
        let page = std::fs::read_to_string(root.join(&name)).expect("a page");
        for link in links(&page) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { root.join(&name) } else { root.join(&name).parent().unwrap().join(file) };
            assert!(target.exists(), "{name}: {link}");
            if !heading.is_empty() {
                let text = std::fs::read_to_string(target).expect("a page");
                assert!(headings(&text).contains(&heading.to_owned()), "{name}: {link}");
            }
        }
    }
}
