//! A bar on stderr for long work, on a terminal only. However the work ends, nothing of it stays.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::ops::Deref;
use std::time::Duration;
use store::Position;

/// Redraws a second.
const RATE_HZ: u8 = 10;

pub struct Bar(ProgressBar);

/// How many a second.
pub fn rate(records: u64, elapsed: Duration) -> u64 {
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX).max(1);
    records.saturating_mul(1_000_000) / micros
}

pub fn bar(head: Option<Position>) -> Bar {
    let records = head.map_or(0, |head| head.0 + 1);
    let bar =
        ProgressBar::with_draw_target(Some(records), ProgressDrawTarget::stderr_with_hz(RATE_HZ));
    let style = ProgressStyle::with_template(
        "{bar:32} {human_pos}/{human_len} records  {per_sec}  {eta} left",
    );
    if let Ok(style) = style {
        bar.set_style(style);
    }
    Bar(bar)
}

impl Deref for Bar {
    type Target = ProgressBar;

    fn deref(&self) -> &ProgressBar {
        &self.0
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
