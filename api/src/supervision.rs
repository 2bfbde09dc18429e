//! Long-lived tasks: each is started again when what ended it may pass, and `/readyz` says how it is.

use dashmap::DashMap;
use futures::FutureExt;
use projections::runner::RunError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use store::ReadError;
use store::follower::stopped;
use store::vault::VaultError;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Between two starts of a task: doubled each time, up to the longest.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Why a task has ended although nobody asked it to.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// It is tried again.
    #[error("{0}")]
    MayPass(String),
    /// Nothing helps but a hand.
    #[error("{0}")]
    Damage(String),
}

impl From<ReadError> for TaskError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(_) => Self::MayPass(error.to_string()),
            ReadError::Damaged { .. } | ReadError::Corrupt(_) => Self::Damage(error.to_string()),
        }
    }
}

impl From<VaultError> for TaskError {
    fn from(error: VaultError) -> Self {
        Self::MayPass(error.to_string())
    }
}

impl From<RunError> for TaskError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Read(error) => error.into(),
            RunError::Vault(error) => error.into(),
            RunError::Stopped(reason) => Self::MayPass(reason),
        }
    }
}

/// How a task is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TaskState {
    Running,
    /// It ended, and is started again in a moment.
    Waiting {
        why: String,
    },
    /// It does not go on before somebody has mended something.
    Failed {
        why: String,
    },
}

/// How every task is, by name.
#[derive(Clone, Default)]
pub struct Tasks(Arc<DashMap<&'static str, TaskState>>);

impl Tasks {
    pub fn states(&self) -> BTreeMap<&'static str, TaskState> {
        self.0.iter().map(|entry| (*entry.key(), entry.value().clone())).collect()
    }

    /// Runs `task` until `stop`, and again whenever it has ended before. A panic may pass, too.
    pub fn supervise<F>(
        &self,
        name: &'static str,
        stop: watch::Receiver<bool>,
        task: impl Fn(watch::Receiver<bool>) -> F + Send + 'static,
    ) -> JoinHandle<()>
    where
        F: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        let tasks = self.clone();
        tokio::spawn(async move { tasks.keep_running(name, stop, task).await })
    }

    async fn keep_running<F>(
        &self,
        name: &'static str,
        mut stop: watch::Receiver<bool>,
        task: impl Fn(watch::Receiver<bool>) -> F,
    ) where
        F: Future<Output = Result<(), TaskError>>,
    {
        let mut pause = PAUSE_MIN;
        loop {
            self.0.insert(name, TaskState::Running);
            let began = Instant::now();
            let ended = AssertUnwindSafe(task(stop.clone())).catch_unwind().await;
            if *stop.borrow() {
                return;
            }
            let why = match ended {
                Ok(Err(TaskError::Damage(why))) => {
                    tracing::error!(task = name, %why, "a task has failed");
                    self.0.insert(name, TaskState::Failed { why });
                    return;
                }
                Ok(Err(TaskError::MayPass(why))) => why,
                Ok(Ok(())) => "it ended".to_owned(),
                Err(_) => "it panicked".to_owned(),
            };
            if began.elapsed() > PAUSE_MAX {
                pause = PAUSE_MIN;
            }
            tracing::error!(task = name, %why, seconds = pause.as_secs(), "a task is tried again");
            self.0.insert(name, TaskState::Waiting { why });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stopped(&mut stop) => return,
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_again_and_damage_is_not() {
        let (stop, stopping) = watch::channel(false);
        let tasks = Tasks::default();
        let starts = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&starts);
        let task = tasks.supervise("one", stopping, move |mut stop| {
            let start = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                match start {
                    0 => Err(TaskError::MayPass("the disk is away".to_owned())),
                    1 => panic!("a mistake of ours"),
                    2 => Ok(()),
                    3 => {
                        tokio::time::sleep(Duration::from_secs(100)).await;
                        Err(TaskError::Damage("a record is damaged".to_owned()))
                    }
                    _ => {
                        stopped(&mut stop).await;
                        Ok(())
                    }
                }
            }
        });
        let state = || tasks.states().remove("one").unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(state(), TaskState::Waiting { why: "the disk is away".to_owned() });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(state(), TaskState::Waiting { why: "it panicked".to_owned() });
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(state(), TaskState::Running);
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(state(), TaskState::Failed { why: "a record is damaged".to_owned() });
        task.await.unwrap();
        assert_eq!(starts.load(Ordering::Relaxed), 4);
        drop(stop);
    }
}
