//! What the rules remember about an account.

use super::{CompanyBasics, Event};
use crate::UserId;
use crate::restriction::Restriction;
use crate::values::Language;
use chrono::{DateTime, Utc};

codes! {
    pub enum Status {
        Created = "created", "signed up for, not activated yet", "créé, pas encore activé";
        Activated = "activated", "activated, without its company yet", "activé, sans son entreprise pour l'instant";
        Test = "test", "open in test mode", "ouvert en mode test";
        Live = "live", "open in live mode", "ouvert en mode production";
        /// The merchant owes something and can repair it alone.
        Deactivated = "deactivated", "stopped until the merchant sends what is missing", "arrêté jusqu'à l'envoi de ce qui manque";
        /// We stopped it; only staff can lift it.
        Suspended = "suspended", "stopped by us", "arrêté par nous";
        Terminating = "terminating", "being closed", "en cours de clôture";
        Closed = "closed", "closed", "clôturé";
        Lapsed = "lapsed", "never activated, and gone", "jamais activé, et effacé";
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// `None` before the account exists.
    pub status: Option<Status>,
    /// Where a suspended account goes back to, then where a deactivated one does.
    pub suspended_from: Option<Status>,
    pub deactivated_from: Option<Status>,
    pub owner: Option<UserId>,
    pub language: Option<Language>,
    pub lapses_at: Option<DateTime<Utc>>,
    pub basics: Option<CompanyBasics>,
    pub restriction: Option<Restriction>,
    /// The deactivation under a suspension, which comes back when that is lifted.
    pub restriction_beneath: Option<Restriction>,
    pub are_payouts_enabled: bool,
}

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::AccountCreated { owner, language, lapses_at } => {
            state.status = Some(Status::Created);
            state.owner = Some(*owner);
            state.language = Some(*language);
            state.lapses_at = Some(*lapses_at);
        }
        Event::AccountActivated => state.status = Some(Status::Activated),
        Event::AccountLapsed => state.status = Some(Status::Lapsed),
        Event::CompanyBasicsRecorded { identity, legal_form, country, activity } => {
            state.basics = Some(CompanyBasics {
                identity: identity.clone(),
                legal_form: *legal_form,
                country: *country,
                activity: activity.clone(),
            });
        }
        Event::TestModeOpened => state.status = Some(Status::Test),
        Event::LiveModeOpened => state.status = Some(Status::Live),
        Event::PayoutsEnabled => state.are_payouts_enabled = true,
        Event::AccountDeactivated { restriction } => {
            state.deactivated_from = state.status;
            state.status = Some(Status::Deactivated);
            state.restriction = Some(*restriction);
        }
        Event::AccountReactivated { .. } => {
            state.status = state.deactivated_from.take();
            state.restriction = None;
        }
        Event::AccountSuspended { restriction, .. } => {
            state.suspended_from = state.status;
            state.status = Some(Status::Suspended);
            state.restriction_beneath = state.restriction.replace(*restriction);
        }
        Event::SuspensionLifted { .. } => {
            state.status = state.suspended_from.take();
            state.restriction = state.restriction_beneath.take();
        }
        Event::AccountClosed { .. } => state.status = Some(Status::Closed),
    }
    state
}
