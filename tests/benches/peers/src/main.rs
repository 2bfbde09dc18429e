//! Durable appends per second of two peers, and how often the disk can be flushed at all.
//!
//! `peers --umadb URL --postgres SETTINGS --directory DIRECTORY` measures whatever is named, for
//! each number of connections, and prints one line of JSON per measurement. `run.py` beside it
//! starts the servers, takes the measurements in turns and makes a table of them.
//!
//! Each connection is one writer with one request under way. It appends events of 500 bytes to a
//! stream of its own and begins a new stream after 20 of them, so that reading one stays cheap. It
//! has appended once before the clock starts. The connections are open by then, and statements
//! prepared.

mod disk;
mod load;
mod postgres;
mod umadb;

use anyhow::{Context, Result};
use clap::Parser;
use load::Figures;
use std::path::PathBuf;

#[derive(Parser)]
#[command(about = "Durable appends per second of two peers, as lines of JSON")]
struct Arguments {
    /// A running server of UmaDB: http://HOST:PORT
    #[arg(long, value_name = "URL")]
    umadb: Option<String>,
    /// A running server of PostgreSQL: host=… port=… user=… dbname=…
    #[arg(long, value_name = "SETTINGS")]
    postgres: Option<String>,
    /// A directory on the disk whose flushes are counted
    #[arg(long)]
    directory: Option<PathBuf>,
    #[arg(long, value_delimiter = ',', default_values_t = [1_usize, 16, 64, 256])]
    connections: Vec<usize>,
    /// How long each measurement takes
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(directory) = &arguments.directory {
        print("flush-append", 1, &disk::append(directory, arguments.seconds)?);
        print("flush-overwrite", 1, &disk::overwrite(directory, arguments.seconds)?);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure_servers(&arguments))
}

async fn measure_servers(arguments: &Arguments) -> Result<()> {
    if let Some(url) = &arguments.umadb {
        measure_umadb(arguments, url).await.context("UmaDB")?;
    }
    if let Some(settings) = &arguments.postgres {
        measure_postgres(arguments, settings).await.context("PostgreSQL")?;
    }
    Ok(())
}

async fn measure_umadb(arguments: &Arguments, url: &str) -> Result<()> {
    for &connections in &arguments.connections {
        for way in [umadb::Way::Append, umadb::Way::ReadAndAppend] {
            let writers = umadb::connect(url, connections, way).await?;
            let figures = load::measure(writers, arguments.seconds).await?;
            print(way.name(), connections, &figures);
        }
    }
    Ok(())
}

async fn measure_postgres(arguments: &Arguments, settings: &str) -> Result<()> {
    postgres::prepare(settings).await?;
    for &connections in &arguments.connections {
        for way in [postgres::Way::Transaction, postgres::Way::Insert] {
            let writers = postgres::connect(settings, connections, way).await?;
            let figures = load::measure(writers, arguments.seconds).await?;
            print(way.name(), connections, &figures);
        }
    }
    Ok(())
}

fn print(what: &str, connections: usize, figures: &Figures) {
    let Figures { rate, median, p99 } = figures;
    println!(
        "{{\"what\":\"{what}\",\"connections\":{connections},\"rate\":{rate:.1},\
         \"p50_ms\":{median:.4},\"p99_ms\":{p99:.4}}}"
    );
}
