//! Durations, as people write and read them.

use std::time::Duration;

/// The text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no duration; one is `500ms`, `30s`, `5min` or `1h`")]
pub(crate) struct BadDuration(pub(crate) String);

/// Reads a whole number with its unit: `ms`, `s`, `m` or `min`, `h`.
pub(crate) fn parse(text: &str) -> Result<Duration, BadDuration> {
    let bad = || BadDuration(text.to_owned());
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let milliseconds = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(bad()),
    };
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(bad)
}

/// Writes how long something took: `0.4 ms`, `12 ms`, `3.5 s`, `2 min 5 s`.
pub(crate) fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match duration.as_millis() {
        0..10 => format!("{:.1} ms", seconds * 1_000.0),
        10..1_000 => format!("{:.0} ms", seconds * 1_000.0),
        1_000..60_000 => format!("{seconds:.1} s"),
        _ => format!("{} min {} s", duration.as_secs() / 60, duration.as_secs() % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        assert_eq!(parse("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(parse("5min"), parse("300 s"));
        for text in ["", "5", "s", "-1s", "1.5s", "99999999999999999999s", "18446744073709551615h"] {
            assert_eq!(parse(text), Err(BadDuration(text.to_owned())));
        }
    }

    #[test]
    fn durations_read_well() {
        let shown = [400, 12_000, 3_500_000, 125_000_000].map(|us| shown(Duration::from_micros(us)));
        assert_eq!(shown, ["0.4 ms", "12 ms", "3.5 s", "2 min 5 s"]);
    }
}
