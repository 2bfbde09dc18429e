//! Telling systemd how we are, where it has started us and waits to be told.

use sd_notify::NotifyState;
use std::time::Duration;
use tokio::task::AbortHandle;

/// As long as this is kept, systemd is told again and again that we live.
pub struct Living(Option<AbortHandle>);

/// We serve.
pub fn ready() -> Living {
    tell(&[NotifyState::Ready]);
    let mut micros = 0;
    if !sd_notify::watchdog_enabled(false, &mut micros) {
        return Living(None);
    }
    // By a task like any other: when workers are held up, it is, too.
    let task = tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_micros(micros) / 2);
        loop {
            tick.tick().await;
            tell(&[NotifyState::Watchdog]);
        }
    });
    Living(Some(task.abort_handle()))
}

/// We stop.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, states) {
        tracing::warn!(%error, "systemd cannot be told how we are");
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
