//! The demonstration: a scratch directory, a simulated clock, and invented merchants.

use crate::config::Config;
use crate::serve::{self, Server};

pub async fn start(config: Config) -> anyhow::Result<Server> {
    serve::start(config).await
}
