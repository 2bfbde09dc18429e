//! The steps of the path, in order: where the merchant stands and what comes next (S1).

use super::code::lists;
use chrono::{DateTime, Utc};
use domain::Coded;
use domain::client_file::{are_satisfied, requirements};
use domain::merchant::State;
use domain::registration::Status;
use domain::review::Stage;

domain::codes! {
    /// The steps, in their order.
    pub enum Step {
        CreateAccount = "create_account", "Create your account", "Créer votre compte";
        ActivateAccount = "activate_account", "Activate your account", "Activer votre compte";
        CompanyBasics = "company_basics", "Tell us about your company", "Renseigner votre entreprise";
        TryTheApi = "try_the_api", "Try the API with your test keys", "Tester l'API avec vos clés de test";
        ClientFile = "client_file", "Complete your client file", "Compléter votre Dossier Client";
        Contract = "contract", "Sign your contract", "Signer votre contrat";
        Review = "review", "We examine your file", "Étude de votre Dossier Client";
        GoLive = "go_live", "Use your live services", "Profiter des services";
    }
}

domain::codes! {
    pub enum Progress {
        Done = "done", "done", "fait";
        /// The merchant's turn.
        Current = "current", "your turn", "à vous";
        /// Ours.
        Waiting = "waiting_for_us", "our turn", "à nous";
        ToCome = "to_come", "to come", "à venir";
    }
}

domain::codes! {
    /// How a client file stands, readiness included.
    pub enum FileStatus {
        NotStarted = "not_started", "not begun", "pas commencé";
        Draft = "draft", "incomplete", "incomplet";
        ReadyToSign = "ready_to_sign", "complete, to be signed", "complet, à signer";
        Submitted = "submitted", "submitted, waiting for one of us", "soumis, en attente d'un analyste";
        InReview = "in_review", "being examined", "en cours d'étude";
        AwaitingDocuments = "awaiting_documents", "waiting for additional documents", "en attente de documents complémentaires";
        Expired = "expired", "the additional documents did not come in time", "les documents complémentaires ne sont pas arrivés à temps";
        Approved = "approved", "approved", "validé";
        Rejected = "rejected", "rejected", "refusé";
        Withdrawn = "withdrawn", "withdrawn", "retiré";
    }
}

lists! {
    /// A step of the onboarding.
    OnboardingStep = Step;
    /// How far a step is.
    StepProgress = Progress;
}

impl Step {
    /// The request that takes it further.
    pub fn action(self) -> &'static str {
        match self {
            Self::CreateAccount => "POST /portal/v1/registrations",
            Self::ActivateAccount => "POST /portal/v1/activations",
            Self::CompanyBasics => "PUT /portal/v1/merchants/{merchant}/company-basics",
            Self::TryTheApi => "GET /v2/ping",
            Self::ClientFile => "GET /portal/v1/merchants/{merchant}/requirements",
            Self::Contract => "POST /portal/v1/merchants/{merchant}/contract",
            Self::Review => "GET /portal/v1/merchants/{merchant}/document-requests",
            Self::GoLive => "POST /portal/v1/merchants/{merchant}/api-keys",
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

pub fn file_status(state: &State, at: DateTime<Utc>) -> FileStatus {
    if state.file.is_withdrawn {
        return FileStatus::Withdrawn;
    }
    match state.review.stage {
        Stage::NotSubmitted if state.file.version == 0 => FileStatus::NotStarted,
        Stage::NotSubmitted if are_complete(state, at) => FileStatus::ReadyToSign,
        Stage::NotSubmitted => FileStatus::Draft,
        Stage::Waiting => FileStatus::Submitted,
        // That a decision is proposed is our own business.
        Stage::InReview => FileStatus::InReview,
        Stage::AwaitingDocuments => FileStatus::AwaitingDocuments,
        Stage::Expired => FileStatus::Expired,
        Stage::Approved => FileStatus::Approved,
        Stage::Rejected => FileStatus::Rejected,
    }
}
