use std::fmt;
use std::path::Path;

/// The URL of a database. It may hold a password, and shows none.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Returns the URL with its secrets, for the driver alone.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Makes the file of a relative SQLite URL relative to a folder.
    pub(crate) fn relative_to(self, folder: &Path) -> DatabaseUrl {
        let Some(rest) = self.0.strip_prefix("sqlite:") else { return self };
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let is_file = !path.is_empty() && !path.starts_with([':', '/', '?']);
        if !is_file || folder.as_os_str().is_empty() {
            return self;
        }
        DatabaseUrl(format!("sqlite://{}/{path}", folder.display()))
    }
}

impl From<&str> for DatabaseUrl {
    fn from(text: &str) -> DatabaseUrl {
        DatabaseUrl(text.to_owned())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&dunlin::redacted(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_file_moves_with_its_folder_and_nothing_else_does() {
        let moved = [
            ("sqlite:app.db", "sqlite://../app.db"),
            ("sqlite://data/app.db?mode=rwc", "sqlite://../data/app.db?mode=rwc"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("sqlite:///srv/app.db", "sqlite:///srv/app.db"),
            ("postgres://db/app", "postgres://db/app"),
        ];
        for (url, expected) in moved {
            assert_eq!(DatabaseUrl(url.to_owned()).relative_to(Path::new("..")).expose(), expected);
        }
    }

    #[test]
    fn a_password_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", DatabaseUrl("mysql://ann:secret@db/app".to_owned())), "mysql://ann:***@db/app");
    }
}
