//! The files that dunlin writes for a user, which stand in `templates/`.

use include_dir::{Dir, include_dir};

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Returns a template with its `{names}` replaced. One that does not exist is empty; a test holds that all do.
pub(crate) fn text(name: &str, values: &[(&str, &str)]) -> String {
    let mut text = TEMPLATES.get_file(name).and_then(|file| file.contents_utf8()).unwrap_or_default().to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_there() {
        for name in ["dunlin.toml", "build.rs", "Makefile", "justfile"] {
            assert!(!text(name, &[]).is_empty(), "{name}");
        }
        for kind in ["new", "merge", "example"] {
            assert!(
                ["up.sql", "down.sql"].iter().all(|file| !text(&format!("{kind}/{file}"), &[]).is_empty()),
                "{kind}"
            );
        }
    }

    #[test]
    fn the_settings_file_is_one() {
        toml::from_str::<crate::config_file::Section>(&text("dunlin.toml", &[("dir", "versions")])).unwrap();
    }
}
