//! The steps of the path, in order: where the merchant stands and what comes next (S1).

use chrono::{DateTime, Utc};
use domain::Coded;
use domain::client_file::{are_satisfied, requirements};
use domain::merchant::State;
use domain::registration::Status;
use domain::review::Stage;

/// A closed list, like those of the domain.
macro_rules! steps {
    ($($variant:ident = $code:literal, $english:literal, $french:literal, $action:literal);+ $(;)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Step { $($variant),+ }

        impl Step {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
            pub fn english(self) -> &'static str {
                match self { $(Self::$variant => $english),+ }
            }
            pub fn french(self) -> &'static str {
                match self { $(Self::$variant => $french),+ }
            }
            /// The request that takes it further.
            pub fn action(self) -> &'static str {
                match self { $(Self::$variant => $action),+ }
            }
        }
    };
}

steps! {
    CreateAccount = "create_account", "Create your account", "Créer votre compte", "POST /portal/v1/registrations";
    ActivateAccount = "activate_account", "Activate your account", "Activer votre compte", "POST /portal/v1/activations";
    CompanyBasics = "company_basics", "Tell us about your company", "Renseigner votre entreprise", "PUT /portal/v1/merchants/{merchant}/company-basics";
    TryTheApi = "try_the_api", "Try the API with your test keys", "Tester l'API avec vos clés de test", "GET /v2/ping";
    ClientFile = "client_file", "Complete your client file", "Compléter votre Dossier Client", "GET /portal/v1/merchants/{merchant}/requirements";
    Contract = "contract", "Sign your contract", "Signer votre contrat", "POST /portal/v1/merchants/{merchant}/contract";
    Review = "review", "We examine your file", "Étude de votre Dossier Client", "GET /portal/v1/merchants/{merchant}/document-requests";
    GoLive = "go_live", "Use your live services", "Profiter des services", "POST /portal/v1/merchants/{merchant}/api-keys";
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Done,
    /// The merchant's turn.
    Current,
    /// Ours.
    Waiting,
    ToCome,
}

impl Progress {
    pub fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Current => "current",
            Self::Waiting => "waiting_for_us",
            Self::ToCome => "to_come",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onboarding {
    pub steps: Vec<(Step, Progress)>,
    /// Requirements that are still open, of how many.
    pub requirements_open: usize,
    pub requirements_total: usize,
    pub answer_expected_by: Option<DateTime<Utc>>,
    pub documents_deadline: Option<DateTime<Utc>>,
}

pub fn onboarding(state: &State, at: DateTime<Utc>) -> Onboarding {
    let reached = Step::ALL.iter().position(|step| !is_done(state, at, *step));
    let steps = Step::ALL
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let progress = match reached {
                _ if is_done(state, at, *step) => Progress::Done,
                Some(current) if current == index => turn(state, *step),
                Some(_) | None => Progress::ToCome,
            };
            (*step, progress)
        })
        .collect();
    let entries = requirements(state, at);
    Onboarding {
        steps,
        requirements_open: entries.iter().filter(|entry| !entry.is_satisfied()).count(),
        requirements_total: entries.len(),
        answer_expected_by: state.review.answer_expected_by.filter(|_| !state.review.is_decided()),
        documents_deadline: state
            .review
            .request
            .as_ref()
            .filter(|_| state.review.stage == Stage::AwaitingDocuments)
            .map(|request| request.deadline),
    }
}

fn is_done(state: &State, at: DateTime<Utc>, step: Step) -> bool {
    let status = state.account.status;
    match step {
        Step::CreateAccount => status.is_some(),
        Step::ActivateAccount => !matches!(status, None | Some(Status::Created | Status::Lapsed)),
        // Trying the API is an invitation: nobody has to.
        Step::CompanyBasics | Step::TryTheApi => state.account.basics.is_some(),
        Step::ClientFile => state.review.is_submitted() || are_complete(state, at),
        Step::Contract => state.review.is_submitted(),
        Step::Review => state.review.stage == Stage::Approved,
        Step::GoLive => {
            let mode = domain::api_keys::Mode::Live;
            state.keys.keys.values().any(|key| key.mode == mode)
        }
    }
}

fn are_complete(state: &State, at: DateTime<Utc>) -> bool {
    state.account.basics.is_some() && are_satisfied(state, at)
}

fn turn(state: &State, step: Step) -> Progress {
    match (step, state.review.stage) {
        (Step::Review, Stage::AwaitingDocuments | Stage::Expired) => Progress::Current,
        (Step::Review, _) => Progress::Waiting,
        _ => Progress::Current,
    }
}

/// The file's status in one word, readiness included.
pub fn file_status(state: &State, at: DateTime<Utc>) -> &'static str {
    if state.file.is_withdrawn {
        return "withdrawn";
    }
    match state.review.stage {
        Stage::NotSubmitted if state.file.version == 0 => "not_started",
        Stage::NotSubmitted if are_complete(state, at) => "ready_to_sign",
        Stage::NotSubmitted => "draft",
        Stage::Waiting => "submitted",
        // That a decision is proposed is our own business.
        stage @ (Stage::InReview
        | Stage::AwaitingDocuments
        | Stage::Expired
        | Stage::Approved
        | Stage::Rejected) => stage.code(),
    }
}
