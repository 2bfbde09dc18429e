//! The contract on a real server, when `EVENTSTOREDB_URL` names one.

use super::{EventStoreLedger, Settings};
use std::sync::atomic::{AtomicU64, Ordering};

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_keeps_every_promise() {
    let Ok(url) = std::env::var("EVENTSTOREDB_URL") else {
        eprintln!("skipped: a_real_server_keeps_every_promise needs EVENTSTOREDB_URL");
        return;
    };
    // Each promise on a ledger of its own, beside whatever else the server holds.
    let run = u128::from_be_bytes(crate::chance::bytes(&crate::chance::SystemChance));
    let number = AtomicU64::new(0);
    crate::suite::run(async || {
        let name = format!("greffe_test_{run:x}_{}", number.fetch_add(1, Ordering::SeqCst));
        let separator = if url.contains('?') { '&' } else { '?' };
        let settings = Settings::parse(&format!("{url}{separator}ledger={name}")).unwrap();
        EventStoreLedger::open(settings).await.unwrap()
    })
    .await;
}
