//! URLs without their secrets.

/// Replaces what stands for a secret in a URL, wherever one stands in a text: `scheme://user:***@host` and
/// `password=***`.
pub fn redacted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(scheme_end) = rest.find("://") {
        let (head, tail) = rest.split_at(scheme_end + 3);
        shown.push_str(head);
        let end = tail
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`'))
            .unwrap_or(tail.len());
        // A password with an unescaped `/` or `?` moves the end behind the `@`.
        let end = match tail.rfind('@') {
            Some(at) if at > end && !tail[..at].contains(char::is_whitespace) => at,
            _ => end,
        };
        let (authority, after) = tail.split_at(end);
        match authority.rsplit_once('@') {
            Some((credentials, host)) => {
                let user = credentials.split(':').next().unwrap_or_default();
                let secret = if credentials.contains(':') { ":***" } else { "" };
                shown.push_str(&format!("{user}{secret}@{host}"));
            }
            None if after.starts_with('@') => {
                let user = authority.split(':').next().unwrap_or_default();
                shown.push_str(&format!("{user}:***"));
            }
            None => shown.push_str(authority),
        }
        rest = after;
    }
    shown.push_str(rest);
    without_parameters(&shown)
}

fn without_parameters(text: &str) -> String {
    let mut shown = text.to_owned();
    for key in ["password=", "sslpassword="] {
        let mut from = 0;
        while let Some(found) = shown.get(from..).and_then(|rest| rest.to_ascii_lowercase().find(key)) {
            let start = from + found + key.len();
            let end =
                shown[start..].find(|c: char| c == '&' || c.is_whitespace()).map_or(shown.len(), |end| start + end);
            // What is redacted already may stand in a sentence by now.
            let end = if shown[start..].starts_with("***: ") { start + 3 } else { end };
            shown.replace_range(start..end, "***");
            from = start + 3;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn a_password_never_shows() {
        let shown = [
            ("postgres://ann:secret@db:5432/app", "postgres://ann:***@db:5432/app"),
            ("mysql://ann:se/cr?et@db/app", "mysql://ann:***@db/app"),
            ("postgres://db/app?user=ann&password=secret&x=1", "postgres://db/app?user=ann&password=***&x=1"),
            ("cannot reach postgres://ann:secret@db today", "cannot reach postgres://ann:***@db today"),
            ("sqlite://app.db", "sqlite://app.db"),
            ("postgres://ann@db/app", "postgres://ann@db/app"),
        ];
        for (url, expected) in shown {
            assert_eq!(redacted(url), expected);
        }
    }
}
