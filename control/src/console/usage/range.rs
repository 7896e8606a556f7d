//! How far back a page about usage looks, and into which pieces it cuts that.

use crate::ops::usage::{Interval, UsageAsk};
use crate::store::UsageBy;
use domain::Timestamp;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// How far back, from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::console) enum Range {
    /// Hour by hour; the others are day by day.
    Day,
    /// Seven days, of which today is the last.
    Week,
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
}

impl Range {
    pub(in crate::console) const EACH: [Range; 4] = [Range::Day, Range::Week, Range::Month, Range::Quarter];

    /// The one of this name; a day when there is none.
    pub(in crate::console) fn parse(text: Option<&str>) -> Range {
        Range::EACH.into_iter().find(|range| Some(range.name()) == text).unwrap_or(Range::Day)
    }

    /// As it stands in addresses.
    pub(in crate::console) fn name(self) -> &'static str {
        match self {
            Range::Day => "24h",
            Range::Week => "7d",
            Range::Month => "30d",
            Range::Quarter => "90d",
        }
    }

    pub(in crate::console) fn label(self) -> &'static str {
        match self {
            Range::Day => "24 hours",
            Range::Week => "7 days",
            Range::Month => "30 days",
            Range::Quarter => "90 days",
        }
    }

    pub(in crate::console) fn interval(self) -> Interval {
        match self {
            Range::Day => Interval::Hour,
            Range::Week | Range::Month | Range::Quarter => Interval::Day,
        }
    }

    /// How long one piece is, in seconds, and how many there are.
    fn pieces(self) -> (i64, i64) {
        match self {
            Range::Day => (HOUR, 24),
            Range::Week => (DAY, 7),
            Range::Month => (DAY, 30),
            Range::Quarter => (DAY, 90),
        }
    }

    /// Where each piece begins, in seconds, the present one last.
    pub(super) fn starts(self, now: Timestamp) -> impl Iterator<Item = i64> {
        let (length, count) = self.pieces();
        let present = now.seconds() - now.seconds().rem_euclid(length);
        (0..count).rev().map(move |back| present - back * length)
    }

    /// From when on; the end is always now.
    pub(super) fn from(self, now: Timestamp) -> Timestamp {
        Timestamp::from_seconds(self.starts(now).next().unwrap_or(now.seconds()))
    }

    /// The question: all of the time at once, or piece by piece.
    pub(super) fn ask(self, now: Timestamp, by: UsageBy, interval: Option<Interval>) -> UsageAsk {
        UsageAsk { from: Some(self.from(now)), to: Some(now.plus_seconds(1)), interval, by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_are_whole_hours_or_days_and_the_last_is_the_present_one() {
        let now = Timestamp::from_seconds(1_800_000_001);
        for range in Range::EACH {
            let (length, count) = range.pieces();
            let starts: Vec<i64> = range.starts(now).collect();
            assert_eq!(i64::try_from(starts.len()), Ok(count));
            assert!(starts.windows(2).all(|two| two[1] - two[0] == length));
            assert!(starts.iter().all(|start| start % length == 0));
            let last = starts.last().unwrap();
            assert!(*last <= now.seconds() && now.seconds() < last + length);
        }
    }

    #[test]
    fn a_range_that_does_not_exist_is_a_day() {
        assert_eq!(Range::parse(Some("90d")), Range::Quarter);
        assert_eq!((Range::parse(None), Range::parse(Some("1y"))), (Range::Day, Range::Day));
    }
}
