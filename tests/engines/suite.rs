//! The one suite of all engines.

use store::eventstoredb::{EventStoreLedger, Settings};
use tests::double::Double;

#[tokio::test(flavor = "multi_thread")]
async fn the_eventstoredb_engine_keeps_every_promise() {
    let doubles = std::cell::RefCell::new(vec![]);
    store::suite::run(async || {
        let double = Double::start();
        let settings = Settings::parse(&double.url()).unwrap();
        doubles.borrow_mut().push(double);
        EventStoreLedger::open(settings).await.unwrap()
    })
    .await;
}
