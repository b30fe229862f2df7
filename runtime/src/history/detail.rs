//! Details of events, from and to JSON.

use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::Detail;
use serde_json::Value;

/// Writes a detail down.
pub(crate) fn write(detail: &Detail) -> String {
    // What a detail consists of always serialises.
    serde_json::to_string(detail).unwrap_or_else(|_| "{}".to_owned())
}

/// Reads a detail. Text that is none says nothing.
pub(crate) fn read(text: &str) -> Detail {
    serde_json::from_str(text).unwrap_or_default()
}

/// Adds the digest of the row that the event left, and keeps all else as it is. `None` is text that is no detail.
pub(crate) fn with_row(text: &str, row: &Checksum) -> Option<String> {
    let Value::Object(mut detail) = serde_json::from_str(text).ok()? else { return None };
    detail.insert("row".to_owned(), Value::String(row.to_string()));
    Some(Value::Object(detail).to_string())
}

#[cfg(test)]
mod tests {
    use dunlin_core::ledger::{Change, Every, Forgotten};

    use super::*;

    #[test]
    fn a_detail_is_read_as_it_was_written() {
        let details = [
            Detail::default(),
            Detail { row: Some(Checksum::of_text("a")), script: true, name: Some("b".into()), ..Detail::default() },
            Detail { change: Some(Change::Removed), reason: Some("c".into()), ..Detail::default() },
            Detail { forgotten: Some(Forgotten::Names(vec!["d".into()])), ..Detail::default() },
            Detail { forgotten: Some(Forgotten::Every(Every::All)), ..Detail::default() },
            Detail { vars: [("e".to_owned(), "f".to_owned())].into(), ..Detail::default() },
        ];
        for detail in details {
            assert_eq!(read(&write(&detail)), detail);
        }
        assert_eq!(write(&Detail::default()), "{}");
        assert_eq!(read(r#"{"forgotten":"all"}"#).forgotten, Some(Forgotten::Every(Every::All)));
    }

    #[test]
    fn what_is_of_another_form_is_passed_over_and_the_rest_is_read() {
        let read =
            read(r#"{"script":1,"change":"moved","name":"x","row":"b4:1","forgotten":{},"vars":[],"new":[{"a":1}]}"#);
        assert_eq!(read, Detail { name: Some("x".into()), ..Detail::default() });
        assert_eq!(super::read("no JSON"), Detail::default());
        assert_eq!(super::read("[1]"), Detail::default());
    }

    #[test]
    fn a_digest_is_added_to_whatever_a_detail_says() {
        let row = Checksum::of_text("a");
        let added = with_row(r#"{"script": true, "new": [1]}"#, &row).expect("a detail");
        assert_eq!(added, format!(r#"{{"new":[1],"row":"{row}","script":true}}"#));
        assert_eq!(with_row("no JSON", &row), None);
    }
}
