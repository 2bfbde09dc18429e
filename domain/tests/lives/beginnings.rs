//! Lives that have begun already.

use super::client_file::Ask as File;
use super::review::Ask as Review;
use super::{Ask, Step, Who, bank_account, contract, messages, registration, services};
use domain::client_file::{DocumentKind, MediaType};
use domain::messages::Template;
use domain::review::{Proposal, RejectionReason};

const MINUTES_OF_DAY: i64 = 24 * 60;

/// The requests of a beginning, each of which is accepted.
#[derive(Clone, Default)]
struct Beginning(Vec<Step>);

impl Beginning {
    /// Asks the first of those from whom it is usually asked.
    fn with<A: Into<Ask>>(self, asked: impl IntoIterator<Item = A>) -> Self {
        self.by(false, asked)
    }

    /// Asks the second.
    fn by_second<A: Into<Ask>>(self, asked: impl IntoIterator<Item = A>) -> Self {
        self.by(true, asked)
    }

    fn by<A: Into<Ask>>(mut self, is_second: bool, asked: impl IntoIterator<Item = A>) -> Self {
        let step = |ask: A| Step { wait: 0, who: Who::Usual(is_second), ask: ask.into() };
        self.0.extend(asked.into_iter().map(step));
        self
    }

    /// The next request comes so many days later.
    fn after_days<A: Into<Ask>>(mut self, days: i64, ask: A) -> Self {
        let (wait, who) = (days * MINUTES_OF_DAY, Who::Usual(false));
        self.0.push(Step { wait, who, ask: ask.into() });
        self
    }
}

/// One for each place that chance would hardly come to.
pub fn beginnings() -> Vec<Vec<Step>> {
    let in_test = Beginning::default().with([
        registration::Ask::Create { is_owner: true },
        registration::Ask::Activate,
        registration::Ask::Basics { has_number: true, is_mobile_verified: true, key: 0 },
    ]);
    let ready = in_test
        .clone()
        .with([
            File::Company { day: 1 },
            File::RecordPerson { person: 0, birth_year: 1985, roles: 0b101 },
            File::Ownership { first: 1_000_000, second: 0 },
            File::Payout,
        ])
        .with([services::Ask::Request { services: 0b11 }])
        .with(all_documents());
    let coded = ready.clone().with([
        contract::Ask::Present { is_stale: false },
        contract::Ask::SendCode { signer: 0, challenge: 0 },
    ]);
    let submitted = coded.clone().with([contract::Ask::Sign {
        signer: 0,
        challenge: 0,
        is_code_right: true,
        is_contract_right: true,
    }]);
    let accepted = submitted.clone().with([Review::Take]).with([const { Review::AcceptNext }; 4]);
    let awaiting = accepted
        .clone()
        .with([Review::RequestDocuments { first: 0, count: 2, kind: DocumentKind::Other }])
        .with([messages::Ask::Sent { template: Template::DocumentsRequested }]);
    let deactivated = awaiting.clone().after_days(31, Review::PassDeadline);
    let approve = || Review::Propose { proposal: Proposal::Approve, is_stale: false };
    let confirm = || Review::Confirm { is_stale: false };
    let live = accepted.clone().with([approve()]).by_second([confirm()]);
    // With items that were answered long ago: nothing may answer them again.
    let live_after_request = awaiting
        .clone()
        .with([File::AnswerNext { document: 4 }, File::AnswerNext { document: 5 }])
        .with([Review::AcceptNext, Review::AcceptNext, approve()])
        .by_second([confirm()]);
    // Everything that was asked for came after all.
    let repaired = deactivated
        .clone()
        .with([File::AnswerNext { document: 4 }, File::AnswerNext { document: 5 }])
        .with([Review::AcceptNext, Review::AcceptNext]);
    let reactivation = Review::Propose { proposal: Proposal::Reactivate, is_stale: false };
    let reactivated = repaired.clone().with([reactivation]).by_second([confirm()]);
    let reject = Proposal::Reject { reason: RejectionReason::RiskTooHigh };
    let rejected = accepted
        .clone()
        .with([Review::Propose { proposal: reject, is_stale: false }])
        .by_second([confirm()]);
    let change_confirmed = live.clone().with([
        bank_account::Ask::Request {
            change: 200,
            account: 1,
            media_type: MediaType::Pdf,
            minutes_frozen: 0,
        },
        bank_account::Ask::Confirm { change: 200, is_what_was_shown: true },
    ]);
    let account_changed = change_confirmed
        .clone()
        .with([bank_account::Ask::Verify { change: 200 }])
        .by_second([bank_account::Ask::Activate { change: 200 }]);
    let suspended = live.clone().with([registration::Ask::Suspend]);
    let beginnings = [
        Beginning::default(),
        in_test,
        ready,
        coded,
        submitted,
        accepted,
        awaiting,
        deactivated,
        live,
        live_after_request,
        change_confirmed,
        account_changed,
        suspended,
        repaired,
        reactivated,
        rejected,
    ];
    beginnings.into_iter().map(|beginning| beginning.0).collect()
}

fn all_documents() -> Vec<File> {
    [
        DocumentKind::RegistrationExtract,
        DocumentKind::IdentityDocument,
        DocumentKind::BankDetails,
        DocumentKind::ArticlesOfAssociation,
    ]
    .into_iter()
    .zip(0u8..)
    .map(|(kind, document)| File::Submit { document, kind, person: 0, replaces: 99, item: 99 })
    .collect()
}
