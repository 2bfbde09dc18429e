//! `eventstoredb-double`: the double of an EventStoreDB server as a program, for trying things out
//! and for the suites that start real processes. It keeps everything in memory and is not the real
//! server.
#![allow(clippy::print_stdout, reason = "the address is the answer")]

use tests::double::Double;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let double = Double::start();
    println!("{}", double.url());
    tokio::signal::ctrl_c().await
}
