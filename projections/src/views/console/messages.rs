//! What was said to a merchant's people, and what came of it, to staff. What opens something was left out
//! before it was recorded.

use super::lists::{Medium, MessageFailure, MessageState, MessageTemplate};
use crate::views::ids::EventId;
use crate::views::lists::Language;
use chrono::{DateTime, Utc};
use domain::messages::{self, Addressed, Failure, Letter, Template};
use domain::{Event, merchant};
use serde::Serialize;
use std::collections::HashMap;
use store::Recorded;
use utoipa::ToSchema;

domain::codes! {
    /// How a message stands.
    pub enum State {
        Waiting = "waiting", "not taken by a provider yet", "pas encore pris par un prestataire";
        Sent = "sent", "taken by the provider", "pris par le prestataire";
        Delivered = "delivered", "reported as arrived", "arrivé, selon le prestataire";
        Failed = "failed", "could not be sent, or did not arrive", "n'a pu être envoyé, ou n'est pas arrivé";
    }
}

/// A message to somebody of a merchant.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageView {
    /// Always `message`.
    pub object: &'static str,
    /// The event that owed it.
    pub cause: EventId,
    /// The place in the ledger of what is said here, from 0.
    #[schema(example = 4711)]
    pub position: u64,
    pub template: MessageTemplate,
    pub medium: Medium,
    pub state: MessageState,
    /// When it was taken or given up; of one that waits, since when.
    pub at: DateTime<Utc>,
    /// When the provider reported what became of it.
    pub reported_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub failure: Option<MessageFailure>,
    /// None where it is forgotten, or was not recorded.
    #[schema(example = "marie@example.com")]
    pub to: Option<String>,
    pub language: Option<Language>,
    /// Of a mail.
    #[schema(example = "Your client file")]
    pub subject: Option<String>,
    /// What it says; `[…]` stands for a link's token or a code.
    #[schema(example = "Sign here: https://greffe.example/sign?token=[…]")]
    pub text: Option<String>,
}

/// What is said of one message.
struct Outcome<'a> {
    told: messages::Event,
    recorded: &'a Recorded,
}

/// The messages that these events of a merchant and its owner speak of, the newest first. Events come in
/// that order, too.
pub fn messages<'a>(newest_first: impl IntoIterator<Item = &'a Recorded>) -> Vec<MessageView> {
    let (mut found, mut reported) = (vec![], HashMap::new());
    for recorded in newest_first {
        let Some(told) = told(&recorded.event) else { continue };
        let outcome = Outcome { told, recorded };
        match outcome.report() {
            // The newest report counts.
            Some((about, became)) => drop(reported.entry(about).or_insert(became)),
            None => found.extend(outcome.view(&reported)),
        }
    }
    found
}

/// What a report is about.
type About = (domain::EventId, Template, messages::Medium);
/// When it was reported, and why it did not arrive, if it did not.
type Became = (DateTime<Utc>, Option<Failure>);

impl Outcome<'_> {
    fn about(&self) -> About {
        match &self.told {
            messages::Event::Sent { cause, template, medium, .. }
            | messages::Event::Delivered { cause, template, medium }
            | messages::Event::Failed { cause, template, medium, .. } => {
                (*cause, *template, *medium)
            }
        }
    }

    /// What a provider reported later of one that it had taken.
    fn report(&self) -> Option<(About, Became)> {
        let failure = match &self.told {
            messages::Event::Sent { .. } => return None,
            messages::Event::Delivered { .. } => None,
            messages::Event::Failed { failure: Failure::Undelivered, .. } => {
                Some(Failure::Undelivered)
            }
            messages::Event::Failed { .. } => return None,
        };
        Some((self.about(), (self.recorded.metadata.recorded_at, failure)))
    }

    fn view(self, reported: &HashMap<About, Became>) -> Option<MessageView> {
        let about = self.about();
        let became = reported.get(&about).copied();
        let (letter, own_failure) = match self.told {
            messages::Event::Sent { letter, .. } => (letter, None),
            messages::Event::Failed { letter, failure, .. } => (letter, Some(failure)),
            messages::Event::Delivered { .. } => return None,
        };
        let failure = own_failure.or(became.and_then(|(_, failure)| failure));
        let state = match (failure, became) {
            (Some(_), _) => State::Failed,
            (None, Some(_)) => State::Delivered,
            (None, None) => State::Sent,
        };
        let mut view = MessageView::of(self.recorded, about, state, letter.known());
        view.reported_at = became.map(|(at, _)| at);
        view.failure = failure.map(Into::into);
        Some(view)
    }
}

impl MessageView {
    fn of(
        recorded: &Recorded,
        (cause, template, medium): About,
        state: State,
        letter: Option<&Letter>,
    ) -> Self {
        let text = |text: &domain::values::FreeText| text.as_str().to_owned();
        Self {
            object: "message",
            cause: cause.into(),
            position: recorded.position.0,
            template: template.into(),
            medium: medium.into(),
            state: state.into(),
            at: recorded.metadata.recorded_at,
            reported_at: None,
            failure: None,
            to: letter.map(|letter| text(&letter.to)),
            language: letter.map(|letter| letter.language.into()),
            subject: letter.and_then(|letter| letter.subject.as_ref()).map(text),
            text: letter.map(|letter| text(&letter.text)),
        }
    }

    /// One that an event owes and that no provider has taken yet.
    pub fn waiting(
        cause: &Recorded,
        template: Template,
        medium: messages::Medium,
        addressed: Option<&Addressed>,
    ) -> Self {
        let about = (cause.metadata.event_id, template, medium);
        Self::of(cause, about, State::Waiting, addressed.map(|addressed| &addressed.letter))
    }
}

/// What came of a message, in whosever stream it stands.
fn told(event: &Event) -> Option<messages::Event> {
    match event {
        Event::Merchant(merchant::Event::Messages(event)) => Some(event.clone()),
        Event::User(event) => event.message(),
        Event::Merchant(_) | Event::Staff(_) | Event::EmailClaim(_) | Event::Looks(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::values::{FreeText, Language};
    use domain::{Actor, Channel, CommandId, EventId, Id, SubjectId};
    use store::record::Metadata;
    use store::{Position, Revision, StreamId};

    const CAUSE: EventId = EventId::from_u128(1);
    const MAIL: messages::Medium = messages::Medium::Email;

    fn recorded(position: u64, event: messages::Event) -> Recorded {
        let metadata = Metadata {
            event_id: EventId::from_u128(position.into()),
            recorded_at: DateTime::from_timestamp(1_795_000_000 + position as i64, 0).unwrap(),
            actor: Actor::System,
            on_behalf_of: None,
            channel: Channel::Timer,
            command_id: CommandId::from_u128(position.into()),
            correlation_id: CAUSE.uuid(),
            causation_id: None,
        };
        Recorded {
            position: Position(position),
            stream: StreamId::new("merchant", 1),
            revision: Revision(position),
            metadata,
            event_type: "messages.sent",
            event: Event::Merchant(merchant::Event::Messages(event)),
            previous: [0; 32],
            leaf_hash: [0; 32],
        }
    }

    fn sent(letter: domain::Personal<Letter>) -> messages::Event {
        let (template, recipient) = (Template::FileApproved, SubjectId::from_u128(7));
        messages::Event::Sent { cause: CAUSE, template, medium: MAIL, recipient, letter }
    }

    fn letter() -> Letter {
        Letter {
            to: FreeText::recorded("marie@example.com"),
            language: Language::French,
            subject: Some(FreeText::recorded("Votre dossier")),
            text: FreeText::recorded("Bonjour"),
        }
    }

    #[test]
    fn what_a_provider_reports_belongs_to_what_it_took() {
        let (cause, template, medium) = (CAUSE, Template::FileApproved, MAIL);
        let delivered = messages::Event::Delivered { cause, template, medium };
        let undelivered = messages::Event::Failed {
            cause,
            template,
            medium,
            failure: Failure::Undelivered,
            recipient: messages::NOBODY,
            letter: domain::Personal::Forgotten,
        };
        let took = recorded(5, sent(letter().into()));
        for (reports, state, failure) in [
            (vec![], State::Sent, None),
            (vec![recorded(6, delivered.clone())], State::Delivered, None),
            (
                vec![recorded(7, undelivered), recorded(6, delivered)],
                State::Failed,
                Some(Failure::Undelivered),
            ),
        ] {
            let views = messages(reports.iter().chain([&took]));
            assert_eq!(views.len(), 1);
            assert_eq!((views[0].state.0, views[0].failure.map(|code| code.0)), (state, failure));
            assert_eq!(views[0].to.as_deref(), Some("marie@example.com"));
            assert_eq!(views[0].reported_at.is_some(), !reports.is_empty());
        }
    }

    #[test]
    fn what_is_forgotten_or_was_not_recorded_is_not_invented() {
        let views = messages([&recorded(5, sent(domain::Personal::Forgotten))]);
        assert!(views[0].to.is_none() && views[0].text.is_none());
        assert_eq!(views[0].state.0, State::Sent);
    }
}
