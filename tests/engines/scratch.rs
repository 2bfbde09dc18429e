//! scratch
use store::eventstoredb::{EventStoreLedger, Settings};
use store::*;
use tests::double::Double;
#[tokio::test(flavor = "multi_thread")]
async fn speed() {
    let double = Double::start();
    let ledger = EventStoreLedger::open(Settings::parse(&double.url()).unwrap()).await.unwrap();
    let stream = StreamId::new("test", "a");
    for revision in 0..20u64 {
        let t = std::time::Instant::now();
        let expected = ExpectedRevision::after(revision.checked_sub(1).map(Revision));
        let record = store::contract::new_record(
            &stream,
            revision,
            uuid::Uuid::from_u128(revision.into()),
            b"x",
        );
        ledger.append(&stream, expected, &[record]).await.unwrap();
        let a = t.elapsed();
        ledger.read_stream(&stream, Revision(0), 100).await.unwrap();
        eprintln!("append {a:?} read {:?}", t.elapsed() - a);
    }
}
