//! A chart of calls over time, drawn by the server. Its numbers stand beside it in a table.

use super::words::grouped;

/// How high a column of the most calls is, in units of the drawing.
const HEIGHT: i64 = 1_000;
/// The step from one column to the next, and how much of it the column takes.
const STEP: i64 = 100;
const WIDTH: i64 = 84;
const GAP: i64 = (STEP - WIDTH) / 2;
/// Where there was a call, there is something to see.
const LEAST: i64 = 8;

/// Calls of one piece of time.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    /// Which piece: an hour or a day.
    pub(super) label: String,
    pub(super) allowed: i64,
    pub(super) refused: i64,
}

/// A chart, ready to be written by `chart.html`.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    /// What it shows, in a line.
    pub(super) title: String,
    /// The same for whoever does not see it.
    pub(super) summary: String,
    pub(super) bars: Vec<Bar>,
    pub(super) columns: Vec<Column>,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) bar_width: i64,
    /// What the top and the middle line stand for.
    pub(super) top: String,
    pub(super) middle: String,
}

/// One bar as it is drawn: the refused stand on the allowed.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) told: String,
    pub(super) x: i64,
    pub(super) allowed: Part,
    pub(super) refused: Part,
}

/// A rectangle of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) y: i64,
    pub(super) height: i64,
}

impl Bar {
    fn calls(&self) -> i64 {
        self.allowed.saturating_add(self.refused)
    }
}

impl Chart {
    pub(super) fn new(title: impl Into<String>, bars: Vec<Bar>) -> Chart {
        let most = bars.iter().map(Bar::calls).max().unwrap_or_default();
        let top = round_up(most);
        let sum = |part: fn(&Bar) -> i64| bars.iter().map(part).fold(0, i64::saturating_add);
        let summary = format!(
            "{} allowed and {} refused; at most {} at once.",
            grouped(sum(|bar| bar.allowed)),
            grouped(sum(|bar| bar.refused)),
            grouped(most)
        );
        let xs = (0..).map(|at: i64| at * STEP + GAP);
        Chart {
            title: title.into(),
            summary,
            columns: bars.iter().zip(xs).map(|(bar, x)| column(bar, x, top)).collect(),
            width: i64::try_from(bars.len()).unwrap_or_default() * STEP,
            height: HEIGHT,
            bar_width: WIDTH,
            top: grouped(top),
            middle: grouped(top / 2),
            bars,
        }
    }

    /// Whether there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.bars.iter().all(|bar| bar.calls() == 0)
    }

    pub(super) fn first(&self) -> &str {
        self.bars.first().map_or("", |bar| &bar.label)
    }

    pub(super) fn last(&self) -> &str {
        self.bars.last().map_or("", |bar| &bar.label)
    }
}

fn column(bar: &Bar, x: i64, top: i64) -> Column {
    let allowed = height(bar.allowed, top);
    // Together they are never higher than the drawing.
    let refused = height(bar.refused, top).min(HEIGHT - allowed);
    Column {
        told: format!("{}: {} allowed, {} refused", bar.label, grouped(bar.allowed), grouped(bar.refused)),
        x,
        allowed: Part { y: HEIGHT - allowed, height: allowed },
        refused: Part { y: HEIGHT - allowed - refused, height: refused },
    }
}

fn height(calls: i64, top: i64) -> i64 {
    if calls <= 0 {
        return 0;
    }
    let height = i128::from(calls) * i128::from(HEIGHT) / i128::from(top.max(1));
    i64::try_from(height).unwrap_or(HEIGHT).clamp(LEAST, HEIGHT)
}

/// The next number that reads well on an axis, and that can be halved.
fn round_up(most: i64) -> i64 {
    let mut scale: i64 = 1;
    loop {
        for step in [2, 4, 6, 10] {
            let candidate = scale.saturating_mul(step);
            if candidate >= most {
                return candidate;
            }
        }
        scale = scale.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(allowed: i64, refused: i64) -> Bar {
        Bar { label: "12:00".into(), allowed, refused }
    }

    #[test]
    fn no_column_is_higher_than_the_drawing_and_none_with_a_call_is_unseen() {
        for (allowed, refused) in
            [(0, 0), (1, 0), (0, 1), (1, 1_000_000), (i64::MAX, i64::MAX), (7, 3), (1, i64::MAX)]
        {
            let chart = Chart::new("calls", vec![bar(allowed, refused), bar(3, 4)]);
            let column = &chart.columns[0];
            let (low, high) = (column.allowed, column.refused);
            assert_eq!(
                (low.height > 0, high.height > 0 || low.height == HEIGHT),
                (allowed > 0, refused > 0 || low.height == HEIGHT)
            );
            assert!(
                high.y >= 0 && high.y + high.height == low.y && low.y + low.height == HEIGHT,
                "{column:?}"
            );
        }
    }

    #[test]
    fn the_axis_ends_at_a_round_number_that_is_no_smaller() {
        let ends = [0, 1, 3, 5, 7, 11, 99, 101, 450].map(round_up);
        assert_eq!(ends, [2, 2, 4, 6, 10, 20, 100, 200, 600]);
        assert_eq!(round_up(i64::MAX), i64::MAX);
    }

    #[test]
    fn a_time_without_calls_is_empty() {
        assert!(
            Chart::new("calls", vec![bar(0, 0)]).is_empty() && Chart::new("calls", Vec::new()).is_empty()
        );
        assert!(!Chart::new("calls", vec![bar(0, 1)]).is_empty());
    }
}
