//! The models with something of each merchant.

use crate::config;
use crate::lived::{History, Lived, Whole, after_each_command, of_merchant, steps};
use domain::bank_account::{self, Change};
use domain::merchant::{Event, State};
use domain::registration::{self, Status};
use domain::review::{self, Stage};
use domain::values::Iban;
use domain::{MerchantId, api_keys, client_file, contract};
use projections::ReadModels;
use projections::models::sign_in::Membership;
use projections::views::account_ledger::{Names, for_merchant};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use store::aggregate::Aggregate;
use store::{Merchant, Revision};

fn check_row(
    models: &ReadModels,
    merchant: MerchantId,
    whole: &History,
) -> Result<(), TestCaseError> {
    let (row, account) = (models.directory.row(merchant), &whole.state.account);
    prop_assert_eq!(row.is_some(), account.status.is_some());
    let Some(row) = row else { return Ok(()) };
    let (first, last) = (&whole.records[0], whole.records.last().unwrap());
    prop_assert_eq!(Some(row.owner), account.owner);
    prop_assert_eq!(Some(row.status), account.status);
    let identity = account.basics.as_ref().and_then(|basics| basics.identity.known());
    let legal_name = identity.map(|known| known.legal_name.clone());
    let is_gone = account.status == Some(Status::Lapsed);
    prop_assert_eq!(&row.legal_name, &legal_name.filter(|_| !is_gone));
    prop_assert_eq!(row.created_at, first.metadata.recorded_at);
    prop_assert_eq!(row.changed_at, last.metadata.recorded_at);
    prop_assert_eq!(row.revision, last.revision);
    Ok(())
}

/// A file that was sent is a case for ever, unless it is taken back or its account closed before we
/// rejected it.
fn has_case(state: &State) -> bool {
    let is_closed = state.account.status == Some(Status::Closed);
    let is_rejected = state.review.stage == Stage::Rejected;
    state.review.is_submitted() && !state.file.is_withdrawn && (!is_closed || is_rejected)
}

fn check_case(
    models: &ReadModels,
    merchant: MerchantId,
    whole: &History,
) -> Result<(), TestCaseError> {
    let review = &whole.state.review;
    let case = models.queue.case(merchant);
    prop_assert_eq!(case.is_some(), has_case(&whole.state));
    let open = models.queue.open();
    let is_open = |merchant| open.iter().any(|case| case.merchant == merchant);
    let Some(case) = case else {
        prop_assert!(!is_open(merchant));
        return Ok(());
    };
    prop_assert_eq!(case.stage, review.stage);
    prop_assert_eq!(Some(case.answer_expected_by), review.answer_expected_by);
    prop_assert_eq!(case.assigned_to, review.assigned_to);
    prop_assert_eq!(case.snoozed_until, review.snoozed_until);
    prop_assert_eq!(case.is_escalated, review.is_escalated);
    let proposed = case.proposal.map(|open| (open.proposal, open.by));
    prop_assert_eq!(proposed, review.proposal.map(|open| (open.proposal, open.by)));
    let is_awaited = matches!(review.stage, Stage::AwaitingDocuments | Stage::Expired);
    let deadline = review.request.as_ref().filter(|_| is_awaited).map(|one| one.deadline);
    prop_assert_eq!(case.documents_deadline, deadline);
    let is_sent =
        |event: &Event| matches!(event, Event::ClientFile(client_file::Event::Submitted { .. }));
    let sent = whole.records.iter().find(|known| is_sent(of_merchant(known).unwrap().1)).unwrap();
    prop_assert_eq!(case.submitted_at, sent.metadata.recorded_at);
    prop_assert_eq!(is_open(merchant), !review.is_decided());
    for stage in [Stage::Waiting, Stage::InReview, Stage::Approved, Stage::Rejected] {
        let found = models.queue.of_stage(stage);
        prop_assert_eq!(found.iter().any(|one| one.merchant == merchant), stage == review.stage);
    }
    Ok(())
}

/// A change waits for us from its confirmation until it is over.
fn check_accounts(
    models: &ReadModels,
    merchant: MerchantId,
    whole: &History,
) -> Result<(), TestCaseError> {
    let is_ours = |change: &&Change| change.stage != bank_account::Stage::Requested;
    let open = whole.state.bank_account.open_change().filter(is_ours);
    let waiting = models.bank_accounts.of(merchant).and_then(|row| row.waiting());
    let listed = models.bank_accounts.waiting();
    prop_assert_eq!(listed.iter().find(|one| one.merchant == merchant).copied(), waiting);
    prop_assert!(listed.is_sorted_by_key(|one| (one.target_at, one.merchant)));
    prop_assert_eq!(waiting.map(|one| one.change), open.map(|open| open.id));
    prop_assert_eq!(waiting.map(|one| one.stage), open.map(|open| open.stage));
    prop_assert_eq!(waiting.map(|one| one.target_at), open.and_then(|open| open.target_at));
    prop_assert_eq!(waiting.and_then(|one| one.verified_by), open.and_then(|o| o.verified_by));
    Ok(())
}

/// Whoever gave an IBAN that another gave, too, is found, and nobody else.
fn check_sharing(models: &ReadModels, whole: &Whole) -> Result<(), TestCaseError> {
    let given = |history: &History| -> BTreeSet<Iban> {
        let events = history.records.iter().filter_map(|known| of_merchant(known));
        let accounts = events.filter_map(|(_, event)| match event {
            Event::ClientFile(client_file::Event::PayoutAccountRecorded { account })
            | Event::BankAccount(bank_account::Event::ChangeRequested { account, .. }) => {
                account.known().map(|account| account.iban.clone())
            }
            _ => None,
        });
        accounts.collect()
    };
    for (merchant, history) in &whole.merchants {
        let own = given(history);
        let others = whole.merchants.iter().filter(|(other, _)| *other != merchant);
        let sharing = others.filter(|(_, other)| given(other).intersection(&own).next().is_some());
        let sharing: BTreeSet<MerchantId> = sharing.map(|(other, _)| *other).collect();
        prop_assert_eq!(models.bank_accounts.sharing_with(*merchant), sharing);
    }
    Ok(())
}

/// Counts by hand what a merchant is shown.
fn check_revisions(
    models: &ReadModels,
    merchant: MerchantId,
    whole: &History,
) -> Result<(), TestCaseError> {
    let revisions = &models.public_revisions;
    let events = || whole.records.iter().map(|known| of_merchant(known).unwrap().1);
    let shown: Vec<u64> = (0..)
        .zip(events())
        .filter(|(_, e)| for_merchant(e, Names::default()).is_some())
        .map(|(at, _)| at)
        .collect();
    let last = whole.records.len() as u64 - 1;
    for at in 0..=last {
        let count = shown.iter().filter(|one| **one <= at).count() as u64;
        prop_assert_eq!(revisions.public(merchant, Revision(at)), count.checked_sub(1));
    }
    prop_assert_eq!(revisions.public(merchant, Revision(last + 1)), None);
    let is_news = |at: &u64| {
        let event = &whole.records[*at as usize].event;
        shown.contains(at) && !<Merchant as Aggregate>::is_bookkeeping(event)
    };
    for (public, at) in (0..).zip(&shown) {
        prop_assert_eq!(revisions.revision(merchant, public), Some(Revision(*at)));
        let news = (at + 1..=last).find(is_news);
        let seen = Revision(news.map_or(last, |news| news - 1));
        prop_assert_eq!(revisions.seen(merchant, public), seen);
    }
    let next = shown.len() as u64;
    prop_assert_eq!(revisions.revision(merchant, next), None);
    prop_assert_eq!(revisions.seen(merchant, next), Revision(u64::MAX));
    Ok(())
}

/// What a member of staff finds by looking through everything.
fn check_lists(models: &ReadModels, whole: &Whole) -> Result<(), TestCaseError> {
    let mut oldest: Vec<_> = whole
        .merchants
        .iter()
        .filter(|(_, history)| history.state.account.status.is_some())
        .map(|(merchant, history)| (history.records[0].metadata.recorded_at, *merchant))
        .collect();
    oldest.sort_unstable();
    let oldest: Vec<MerchantId> = oldest.into_iter().map(|(_, merchant)| merchant).collect();
    let rows = models.directory.rows();
    prop_assert_eq!(rows.iter().map(|row| row.merchant).collect::<Vec<_>>(), oldest.clone());
    let (mut after, mut paged) = (None, vec![]);
    loop {
        let (page, has_more) = models.directory.page(after, 1, |_| true);
        after = page.last().map(|row| row.merchant);
        paged.extend(after);
        if !has_more {
            break;
        }
    }
    prop_assert_eq!(paged, oldest);
    let open = models.queue.open();
    prop_assert!(open.is_sorted_by_key(|case| (case.submitted_at, case.merchant)));
    Ok(())
}

/// Keys, members and documents, which are only ever added.
fn check_added(models: &ReadModels, lived: &Lived) -> Result<(), TestCaseError> {
    let (mut keys, mut members) = (BTreeMap::new(), BTreeMap::new());
    let mut documents = BTreeSet::new();
    for recorded in &lived.records() {
        let Some((merchant, event)) = of_merchant(recorded) else { continue };
        match event {
            Event::ApiKeys(
                api_keys::Event::Issued { key, .. } | api_keys::Event::Rotated { to: key, .. },
            ) => drop(keys.insert(key.hash, (merchant, key.id))),
            Event::Registration(registration::Event::AccountCreated { owner, .. }) => {
                members.entry(*owner).or_insert_with(Vec::new).push(merchant);
            }
            Event::ClientFile(client_file::Event::DocumentSubmitted { document, .. }) => {
                documents.insert(store::documents::blob_id(document.id));
            }
            Event::BankAccount(bank_account::Event::ChangeRequested { rib, .. }) => {
                documents.insert(store::documents::blob_id(rib.document));
            }
            Event::Contract(contract::Event::Presented { contract, .. }) => {
                documents.insert(store::documents::blob_id(*contract));
            }
            Event::Contract(contract::Event::Filed { document, .. }) => {
                documents.insert(store::documents::blob_id(*document));
            }
            _ => {}
        }
    }
    prop_assert_eq!(models.keys.len(), keys.len());
    for (hash, found) in keys {
        prop_assert_eq!(models.keys.find(&hash), Some(found));
    }
    prop_assert_eq!(models.sign_in.len(), members.len());
    for (user, merchants) in members {
        let of = models.sign_in.of(user);
        let found: Vec<MerchantId> = of.iter().map(|one: &Membership| one.merchant).collect();
        prop_assert_eq!(found, merchants);
    }
    prop_assert_eq!(models.documents.rows(), documents.into_iter().collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_kept_of_a_merchant_is_what_became_of_it(steps in steps()) {
        let lived = Lived::through(&steps);
        after_each_command(&lived, |models, merchant, whole| {
            check_row(models, merchant, whole)?;
            check_case(models, merchant, whole)?;
            check_accounts(models, merchant, whole)?;
            check_revisions(models, merchant, whole)
        })?;
        let (models, mut whole) = (ReadModels::default(), Whole::default());
        lived.records_for_models().iter().for_each(|recorded| models.apply(recorded));
        for recorded in &lived.records() {
            whole.add(recorded);
        }
        check_lists(&models, &whole)?;
        check_sharing(&models, &whole)?;
        check_added(&models, &lived)?;
    }
}

/// The lives above come to where something is to be compared.
#[test]
fn the_lives_come_far_enough() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut stages, mut keys) = (BTreeSet::new(), 0);
    for _ in 0..60 {
        let lived = Lived::through(&steps().new_tree(&mut runner).unwrap().current());
        let mut whole = Whole::default();
        for recorded in &lived.records() {
            whole.add(recorded);
        }
        for history in whole.merchants.values() {
            stages.insert(history.state.review.stage);
            keys += history.state.keys.keys.len();
        }
    }
    let all: BTreeSet<_> = <review::Stage as domain::Coded>::ALL.iter().copied().collect();
    assert_eq!(stages, all);
    assert!(keys > 20, "{keys}");
}
