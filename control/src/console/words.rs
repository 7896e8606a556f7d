//! How times and numbers are said.

use domain::Timestamp;

/// A moment: how long ago or ahead, and exactly.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// Such as `3 minutes ago`.
    pub(super) said: String,
    /// RFC 3339, in UTC.
    pub(super) exact: String,
}

impl Moment {
    pub(super) fn new(at: Timestamp, now: Timestamp) -> Moment {
        Moment { said: distance(at, now), exact: api::time::format(at.micros()) }
    }
}

const UNITS: [(i64, &str); 4] = [(365 * 86_400, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")];

fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds() - at.seconds();
    let unit = UNITS.iter().find(|(length, _)| seconds.abs() >= *length);
    let Some((length, unit)) = unit else {
        return if seconds >= 0 { "just now".into() } else { "in less than a minute".into() };
    };
    if seconds >= 0 {
        return format!("{} ago", count(seconds / length, unit));
    }
    // What lies ahead is rounded: 29 days and 23 hours are called 30 days.
    format!("in {}", count((length / 2 - seconds) / length, unit))
}

/// A moment to the minute, as one reads it.
pub(super) fn minute(at: Timestamp) -> String {
    let exact = api::time::format(at.seconds() * 1_000_000);
    let (day, time) = exact.split_once('T').unwrap_or((&exact, ""));
    format!("{day} {} UTC", time.get(..5).unwrap_or_default())
}

/// A number of things.
pub(super) fn count(number: i64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// Digits in groups of three.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Moment, count, grouped, minute};
    use domain::Timestamp;

    #[test]
    fn moments_are_said_as_people_say_them() {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let said = |seconds| Moment::new(now.plus_seconds(seconds), now).said;
        assert_eq!(minute(now), "2027-01-15 08:00 UTC");
        assert_eq!(said(0), "just now");
        assert_eq!(said(-59), "just now");
        assert_eq!(said(-60), "1 minute ago");
        assert_eq!(said(-7_300), "2 hours ago");
        assert_eq!(said(-86_400 * 800), "2 years ago");
        assert_eq!(said(30), "in less than a minute");
        assert_eq!(said(86_400 * 5 + 10), "in 5 days");
        assert_eq!(said(86_400 * 30 - 10), "in 30 days");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(-999), "-999");
        assert_eq!(count(1, "key"), "1 key");
        assert_eq!(count(1_000, "key"), "1,000 keys");
    }
}
