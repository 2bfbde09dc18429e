//! The connection: nodes that die, hang, or do not lead; users and passwords.

use crate::{all, append, open, stream};
use store::eventstoredb::{EventStoreLedger, OpenError, Settings};
use store::{AppendError, Ledger, ReadError, Revision};
use tests::double::{Answer, Double, Fault, Security};

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_survives_the_death_of_its_only_node() {
    let mut double = Double::start();
    let ledger = open(&double).await;
    append(&ledger, &stream("a"), 0).await.unwrap();
    double.kill(0);
    for _ in 0..3 {
        let outcome = append(&ledger, &stream("a"), 1).await;
        assert!(
            matches!(outcome, Err(AppendError::Indeterminate(_) | AppendError::Unavailable(_))),
            "{outcome:?}"
        );
        let outcome = ledger.read_stream(&stream("a"), Revision(0), 1).await;
        assert!(matches!(outcome, Err(ReadError::Unavailable(_))), "{outcome:?}");
        assert!(ledger.head().await.is_err(), "health is told");
    }
    double.revive(0);
    assert_eq!(ledger.read_stream(&stream("a"), Revision(0), 9).await.unwrap().len(), 1);
    append(&ledger, &stream("a"), 1).await.unwrap();
    assert_eq!(all(&ledger).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_finds_the_next_leader() {
    let mut double = Double::cluster(3);
    let ledger = open(&double).await;
    append(&ledger, &stream("a"), 0).await.unwrap();
    double.kill(0);
    // The first try may meet the dead node; whoever tries again with the same record is served.
    let mut outcome = append(&ledger, &stream("a"), 1).await;
    for _ in 0..3 {
        if outcome.is_err() {
            outcome = append(&ledger, &stream("a"), 1).await;
        }
    }
    assert_eq!(outcome.unwrap().position.0, 1);
    // And once more, when the leader steps down alive.
    double.lead(2);
    assert_eq!(append(&ledger, &stream("a"), 2).await.unwrap().position.0, 2);
    assert_eq!(all(&ledger).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_does_not_lead_sends_on_and_nothing_is_lost() {
    let double = Double::start();
    let ledger = open(&double).await;
    double.inject(Fault::before_append(Answer::NotLeader));
    double.inject(Fault::before_append(Answer::NotLeader));
    assert_eq!(append(&ledger, &stream("a"), 0).await.unwrap().position.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_from_followers_appends_to_the_leader() {
    let double = Double::cluster(3);
    let url = double.url_with("defaultDeadline=300&nodePreference=follower");
    let ledger = EventStoreLedger::open(Settings::parse(&url).unwrap()).await.unwrap();
    append(&ledger, &stream("a"), 0).await.unwrap();
    assert_eq!(all(&ledger).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_is_left_in_time_and_used_again() {
    let double = Double::start();
    let ledger = open(&double).await;
    append(&ledger, &stream("a"), 0).await.unwrap();
    double.hang(true);
    let outcome = append(&ledger, &stream("a"), 1).await;
    assert!(matches!(outcome, Err(AppendError::Indeterminate(_))), "{outcome:?}");
    let outcome = ledger.read_stream(&stream("a"), Revision(0), 1).await;
    assert!(matches!(outcome, Err(ReadError::Unavailable(_))), "{outcome:?}");
    double.hang(false);
    append(&ledger, &stream("a"), 1).await.unwrap();
    assert_eq!(all(&ledger).await.len(), 2);
}

/// Nothing comes back at all, not even a refusal: only deadlines of our own end the waiting.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_is_left_in_time_and_used_again() {
    let double = Double::start();
    let ledger = open(&double).await;
    append(&ledger, &stream("a"), 0).await.unwrap();
    let frozen = double.freeze(0);
    let outcome = append(&ledger, &stream("a"), 1).await;
    assert!(matches!(outcome, Err(AppendError::Indeterminate(_))), "{outcome:?}");
    let outcome = ledger.read_stream(&stream("a"), Revision(0), 1).await;
    assert!(matches!(outcome, Err(ReadError::Unavailable(_))), "{outcome:?}");
    drop(frozen);
    append(&ledger, &stream("a"), 1).await.unwrap();
    assert_eq!(all(&ledger).await.len(), 2);
}

/// Whoever asked may be gone at any moment.
#[tokio::test(flavor = "multi_thread")]
async fn callers_that_leave_disturb_nobody() {
    let double = Double::start();
    let ledger = open(&double).await;
    let mut revision = 0;
    for microseconds in (0..3_000).step_by(20) {
        let patience = std::time::Duration::from_micros(microseconds);
        let left = tokio::time::timeout(patience, append(&ledger, &stream("a"), revision)).await;
        drop(left);
        let left = tokio::time::timeout(patience, ledger.read_all(None, 10_000)).await;
        drop(left);
        // The same again, by somebody who stays: whether or not the first one happened.
        let appended = append(&ledger, &stream("a"), revision).await.unwrap();
        assert_eq!((appended.position.0, appended.revision.0), (revision, revision));
        revision += 1;
    }
    assert_eq!(all(&ledger).await.len() as u64, revision);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_said_at_start() {
    let mut double = Double::start();
    double.kill(0);
    let settings = Settings::parse(&double.url_with("defaultDeadline=100")).unwrap();
    let Err(OpenError::Unusable { hosts, .. }) = EventStoreLedger::open(settings).await else {
        panic!("there is no server");
    };
    assert!(hosts.starts_with("127.0.0.1:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn user_and_password_are_sent_and_a_wrong_one_is_said_at_start() {
    // greffe:secret
    let authorization = Some("Basic Z3JlZmZlOnNlY3JldA==".to_owned());
    let double = Double::secured(Security { authorization, ..Security::default() });
    let url = double.url_with("defaultDeadline=300");
    let with = |user: &str| Settings::parse(&url.replace("esdb://", &format!("esdb://{user}@")));
    let ledger = EventStoreLedger::open(with("greffe:secret").unwrap()).await.unwrap();
    append(&ledger, &stream("a"), 0).await.unwrap();
    let refused = EventStoreLedger::open(with("greffe:guess").unwrap()).await.err().unwrap();
    let text = refused.to_string();
    assert!(text.contains("Access denied") && !text.contains("guess"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_may_hold_any_character() {
    // greffe:p@ss:w/rd
    let authorization = Some("Basic Z3JlZmZlOnBAc3M6dy9yZA==".to_owned());
    let double = Double::secured(Security { authorization, ..Security::default() });
    let url = double.url_with("defaultDeadline=300").replace("://", "://greffe:p%40ss%3Aw%2Frd@");
    let ledger = EventStoreLedger::open(Settings::parse(&url).unwrap()).await.unwrap();
    append(&ledger, &stream("a"), 0).await.unwrap();
    assert_eq!(ledger.read_stream(&stream("a"), Revision(0), 9).await.unwrap().len(), 1);
    crate::subscription::stand(&double, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_checked_against_the_authority_that_is_named() {
    // The first client of a process chooses the TLS provider; the double needs one as well.
    drop(open(&Double::start()).await);
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = Some((own.cert.pem(), own.signing_key.serialize_pem()));
    let double = Double::secured(Security { certificate, ..Security::default() });
    let directory = tempfile::tempdir().unwrap();
    let open = async |pem: &str| {
        let file = directory.path().join("authority.pem");
        std::fs::write(&file, pem).unwrap();
        let parameters = format!("defaultDeadline=300&tlsCaFile={}", file.display());
        EventStoreLedger::open(Settings::parse(&double.url_with(&parameters)).unwrap()).await
    };
    let ledger = open(&own.cert.pem()).await.unwrap();
    append(&ledger, &stream("a"), 0).await.unwrap();
    assert_eq!(all(&ledger).await.len(), 1);
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let refused = open(&other.cert.pem()).await;
    assert!(matches!(refused, Err(OpenError::Unusable { .. })));
}

/// Held back by Nagle's algorithm, each call takes some 44 ms, and an append takes one or two.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn small_requests_are_not_held_back() {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
    let this = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    if pidfd_getfd(&this, 0, PidfdGetfdFlags::empty()).is_err() {
        eprintln!("skipped: small_requests_are_not_held_back needs pidfd_getfd");
        return;
    }
    let double = Double::start();
    let ledger = open(&double).await;
    let mut quick = 0;
    for revision in 0..50 {
        let started = tokio::time::Instant::now();
        append(&ledger, &stream("a"), revision).await.unwrap();
        quick += u32::from(started.elapsed() < std::time::Duration::from_millis(25));
    }
    assert!(quick >= 5, "only {quick} of 50 were quick");
}

/// Set in a process that runs one test alone.
const ALONE: &str = "GREFFE_TEST_ALONE";

/// Whether this process runs that test alone; otherwise one that does is started and has to pass.
async fn is_alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let output = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args([&format!("connection::{test}"), "--exact", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let is_good = output.status.success() && said.contains("1 passed");
    assert!(is_good, "{test}, in a process of its own: {said}");
    false
}

/// The client would panic in a task of its own, and every call would only say "closed".
#[tokio::test(flavor = "multi_thread")]
async fn a_tls_provider_that_was_chosen_before_is_said_at_start() {
    if !is_alone("a_tls_provider_that_was_chosen_before_is_said_at_start").await {
        return;
    }
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let settings = Settings::parse(&Double::start().url()).unwrap();
    let refused = EventStoreLedger::open(settings).await.err().unwrap().to_string();
    assert!(refused.contains("TLS provider"), "{refused}");
}

/// The client's own task would live for ever, and each would hold its connections.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_were_thrown_away_leave_nothing_behind() {
    if !is_alone("clients_that_were_thrown_away_leave_nothing_behind").await {
        return;
    }
    let count = |directory: &str, is_counted: fn(&std::path::Path) -> bool| {
        let entries = std::fs::read_dir(directory).unwrap();
        entries.filter(|entry| is_counted(&entry.as_ref().unwrap().path())).count()
    };
    let threads = || {
        count("/proc/self/task", |task| {
            std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name == "eventstoredb\n")
        })
    };
    let files = || count("/proc/self/fd", |fd| std::fs::read_link(fd).is_ok());
    let mut double = Double::start();
    let ledger = open(&double).await;
    append(&ledger, &stream("a"), 0).await.unwrap();
    let before = (threads(), files());
    for _ in 0..5 {
        double.kill(0);
        // Often enough that the client is not trusted any more.
        for _ in 0..4 {
            assert!(append(&ledger, &stream("a"), 1).await.is_err());
        }
        double.revive(0);
        assert_eq!(ledger.read_stream(&stream("a"), Revision(0), 9).await.unwrap().len(), 1);
    }
    append(&ledger, &stream("a"), 1).await.unwrap();
    // What is being shut down may take a moment.
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while threads() > before.0 || files() > before.1 + 8 {
        let now = (threads(), files());
        assert!(tokio::time::Instant::now() < until, "threads and files: {before:?}, now {now:?}");
        tokio::task::yield_now().await;
    }
}
