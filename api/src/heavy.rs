//! Threads for what takes long on purpose or by nature: hashing passwords, looking into documents,
//! typesetting. A few, always the same: more would take memory and no less time.

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::available_parallelism;
use tokio::sync::oneshot;

pub struct Heavy(ThreadPool);

#[derive(Debug, thiserror::Error)]
#[error("it panicked")]
pub struct Panicked;

impl Heavy {
    /// As many threads as half the processors: the others answer meanwhile.
    pub fn new(name: &'static str) -> Result<Self, ThreadPoolBuildError> {
        let threads = available_parallelism().map_or(1, usize::from).div_ceil(2);
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |number| format!("{name}-{number}"));
        pool.build().map(Self)
    }

    /// The caller's thread waits: for a start, when nobody is served yet.
    pub fn run_now<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }

    /// Done when it is its turn.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (told, done) = oneshot::channel();
        self.0.spawn_fifo(move || {
            let outcome = catch_unwind(AssertUnwindSafe(work));
            // Whoever asked may have left.
            let _ = told.send(outcome);
        });
        match done.await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(_)) | Err(_) => Err(Panicked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_elsewhere_and_a_panic_is_told() {
        let heavy = Heavy::new("test").unwrap();
        assert_eq!(heavy.run(|| 1 + 1).await.unwrap(), 2);
        assert!(heavy.run(|| panic!("a mistake")).await.is_err());
        assert_eq!(heavy.run(|| 3).await.unwrap(), 3);
    }
}
