//! Where MariaDB's programs are.

use super::{Installation, program};

/// Finds MariaDB, or says what is lacking.
pub(super) fn find() -> Result<Installation, String> {
    let mut programs = Vec::new();
    for name in ["mariadbd", "mariadb-install-db", "mariadb"] {
        let path = program(name).ok_or_else(|| format!("MariaDB is not installed: no `{name}` in the PATH"))?;
        programs.extend(path.parent().map(ToOwned::to_owned));
    }
    Ok(Installation {
        engine: "mariadb",
        name: "mariadb",
        scheme: "mysql",
        programs,
        accounts: &["mysql", "nobody"],
        ports: 1,
        settings: Vec::new(),
    })
}
