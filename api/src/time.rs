//! Times on the wire: RFC 3339 in UTC, to the microsecond.

use jiff::Timestamp;

/// Microseconds since the Unix epoch as `2026-11-21T07:48:00Z`.
pub fn format(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| String::new(), |time| time.to_string())
}

/// Reads an RFC 3339 time with seconds and an offset; `None` when it is anything else.
///
/// Stricter than the library: no leap second, no 24:00, no bare date, no annotation, at most microseconds.
pub fn parse(text: &str) -> Option<i64> {
    let shape = |(index, byte): (usize, u8)| match index {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    };
    let (head, tail) = text.split_at_checked(19)?;
    if !head.bytes().enumerate().all(shape) || head.get(17..).is_none_or(|seconds| seconds > "59") {
        return None;
    }
    if head.get(11..13).is_none_or(|hours| hours > "23") || !tail_is_sound(tail) {
        return None;
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// An optional fraction of one to six digits, then `Z` or `±hh:mm`.
fn tail_is_sound(tail: &str) -> bool {
    let offset = match tail.strip_prefix('.') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=6).contains(&digits) {
                return false;
            }
            rest.get(digits..).unwrap_or_default()
        }
        None => tail,
    };
    match offset.as_bytes() {
        b"Z" => true,
        [b'+' | b'-', hours @ .., b':', _, _] => {
            let minutes = offset.get(4..).unwrap_or_default();
            let digits = [hours, minutes.as_bytes()].concat();
            digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) && hours <= b"23" && minutes <= "59"
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{format, parse};

    #[test]
    fn a_time_reads_back_as_written() {
        for text in ["2026-11-21T07:48:00Z", "1999-12-31T23:59:59.000001Z"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(parse("2026-11-21T09:48:00+02:00"), parse("2026-11-21T07:48:00Z"));
    }

    #[test]
    fn anything_but_an_exact_moment_is_refused() {
        for text in [
            "2026-02-30T00:00:00Z",
            "2026-11-21T07:48:00",
            "2026-11-21",
            "2026-11-21T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "10000-01-01T00:00:00Z",
            "-2026-11-21T07:48:00Z",
            "1795247280",
            "2026-11-21 07:48:00Z",
            "2026-11-21t07:48:00z",
            "2026-11-21T07:48Z",
            "2026-11-21T07:48:00.Z",
            "2026-11-21T07:48:00.1234567Z",
            "2026-11-21T07:48:00Z[UTC]",
            "2026-11-21T07:48:00+2",
            "2026-11-21T07:48:00+24:00",
            "2026-11-21T07:48:00+02:60",
            "",
            "é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
