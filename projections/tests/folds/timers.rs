//! What is due, compared with what the rules would do.

use crate::config;
use crate::lived::{History, Lived, after_each_command, steps};
use chrono::{DateTime, TimeDelta, Utc};
use domain::merchant::{Command, State, decide};
use domain::registration::Status;
use domain::review::REMINDER_DAYS;
use domain::{MerchantId, Occasion, bank_account, registration, review};
use projections::ReadModels;
use projections::models::deadlines::Timer;
use proptest::prelude::*;

/// The command of each timer whose rules say when it is due.
fn commands() -> [(Timer, Command); 4] {
    [
        (Timer::ExpireBankAccountChange, bank_account::Command::Expire.into()),
        (Timer::Lapse, registration::Command::Lapse.into()),
        (Timer::DocumentsDeadline, review::Command::PassDeadline.into()),
        (Timer::CloseAfterDeactivation, registration::Command::CloseAfterDeactivation.into()),
    ]
}

fn happens(command: &Command, state: &State, at: DateTime<Utc>) -> bool {
    decide(command.clone(), state, &Occasion::by_system(at)).is_ok_and(|events| !events.is_empty())
}

/// Timers wait while an account is suspended, and while it is our turn to reactivate it.
fn is_held(state: &State) -> bool {
    match state.account.status {
        Some(Status::Suspended) => true,
        Some(Status::Deactivated) => state.review.open_items().next().is_none(),
        _ => false,
    }
}

/// Nothing that the rules would do one day is without its timer, and none rings too late or for
/// something that was due before.
fn check(models: &ReadModels, merchant: MerchantId, whole: &History) -> Result<(), TestCaseError> {
    let timers = models.deadlines.of(merchant);
    let (state, now) = (&whole.state, whole.records.last().unwrap().metadata.recorded_at);
    for (timer, command) in commands() {
        let one_day = now + TimeDelta::days(2 * 365);
        let due_at = timers.get(&timer).copied();
        if happens(&command, state, one_day) {
            prop_assert!(due_at.is_some(), "nobody would think of {:?}", timer);
        }
        if let Some(due_at) = due_at {
            let before = due_at - TimeDelta::microseconds(1);
            prop_assert!(!happens(&command, state, before), "{:?} rings too late", timer);
            let ever = happens(&command, state, one_day);
            prop_assert!(ever || is_held(state), "{:?} rings for nothing", timer);
            prop_assert_eq!(happens(&command, state, due_at), ever, "{:?} rings too early", timer);
        }
    }
    // Also of a file that was taken back since: what was signed is kept.
    let contract = &state.contract;
    let is_unfiled =
        state.review.is_submitted() && contract.is_signed() && contract.filed.is_none();
    prop_assert_eq!(timers.contains_key(&Timer::FileContract), is_unfiled);
    let deadline = timers.get(&Timer::DocumentsDeadline);
    for days_left in REMINDER_DAYS {
        if let Some(due_at) = timers.get(&Timer::Remind { days_left }) {
            let before = deadline.map(|one| *one - TimeDelta::days(i64::from(days_left)));
            prop_assert_eq!(Some(*due_at), before);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_timer_rings_for_everything_that_the_rules_would_do(steps in steps()) {
        after_each_command(&Lived::through(&steps), check)?;
    }

    /// Of several, each is found in its order.
    #[test]
    fn what_is_due_comes_in_order(steps in steps(), hours in 0..5_000i64) {
        let lived = Lived::through(&steps);
        let models = ReadModels::default();
        let records = lived.records_for_models();
        records.iter().for_each(|recorded| models.apply(recorded));
        let all = models.deadlines.all();
        prop_assert!(all.is_sorted());
        let until = records.last().unwrap().metadata.recorded_at + TimeDelta::hours(hours);
        let due: Vec<_> = all.iter().copied().filter(|(at, ..)| *at <= until).collect();
        prop_assert_eq!(models.deadlines.due(until, usize::MAX, |_| true), due.clone());
        let later = all.iter().map(|(at, ..)| *at).find(|at| *at > until);
        prop_assert_eq!(models.deadlines.next(until, DateTime::<Utc>::MAX_UTC), later);
        let first = due.first().copied();
        prop_assert_eq!(models.deadlines.due(until, 1, |_| true).first().copied(), first);
    }
}
