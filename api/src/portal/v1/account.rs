//! The account: where it stands, what comes next, and everything that ever happened to it.

use crate::app::App;
use crate::auth::sessions::PortalUser;
use crate::call::{Call, Json, List, MomentQuery, PageQuery, Query, Versioned, id};
use crate::error::{Fields, Problem};
use crate::payment;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use domain::calendar::paris_date;
use domain::client_file::requirements;
use domain::merchant::State as MerchantState;
use domain::registration::{Command, CompanyBasics, CompanyIdentity};
use domain::restriction::Restriction;
use domain::values::{Activity, Country, Language, LegalName, Siren};
use domain::{ApiKeyId, Coded, MerchantId};
use projections::account_ledger;
use projections::onboarding::{file_status, onboarding};
use serde::{Deserialize, Serialize};
use store::{AsOf, Loaded, Merchant, User};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_merchants))
        .routes(routes!(read_merchant))
        .routes(routes!(read_onboarding))
        .routes(routes!(list_requirements))
        .routes(routes!(record_company_basics))
        .routes(routes!(list_events))
}

/// A merchant that the user belongs to, as of a moment; a stranger finds nothing.
pub(super) async fn load(
    app: &App,
    user: &PortalUser,
    merchant: MerchantId,
    as_of: AsOf,
) -> Result<Loaded<MerchantState>, Problem> {
    let now = app.store.load::<Merchant>(merchant, AsOf::Now).await?;
    if now.state.role_of(user.id).is_none() {
        return Err(
            domain::merchant::Refusal::from(domain::access::Refusal::UnknownMerchant).into()
        );
    }
    match as_of {
        AsOf::Now => Ok(now),
        AsOf::Revision(public) => {
            let shown = app.projections.models().public_revisions.revision(merchant, public.0);
            let revision = shown.ok_or_else(Problem::not_found)?;
            Ok(app.store.load::<Merchant>(merchant, AsOf::Revision(revision)).await?)
        }
        AsOf::Time(_) | AsOf::Position(_) => {
            Ok(app.store.load::<Merchant>(merchant, as_of).await?)
        }
    }
}

#[derive(Serialize, ToSchema)]
struct Account {
    /// Always `merchant`.
    object: &'static str,
    id: String,
    /// `created`, `activated`, `test`, `live`, `deactivated`, `suspended`, `terminating`,
    /// `closed` or `lapsed`; treat others as unknown.
    status: Option<&'static str>,
    legal_name: Option<String>,
    siren: Option<String>,
    legal_form: Option<&'static str>,
    country: Option<String>,
    activity: Option<String>,
    client_file_status: &'static str,
    are_payouts_enabled: bool,
    restriction: Option<RestrictionView>,
}

/// Something that cannot be done for now, why, and what to do about it.
#[derive(Serialize, ToSchema)]
struct RestrictionView {
    what: &'static str,
    why: &'static str,
    detail: &'static str,
    since: DateTime<Utc>,
    remedy: &'static str,
    remedy_until: Option<DateTime<Utc>>,
}

fn restriction_view(restriction: &Restriction, language: Language) -> RestrictionView {
    RestrictionView {
        what: restriction.what.code(),
        why: restriction.why.code(),
        detail: match language {
            Language::French => restriction.why.french(),
            Language::English => restriction.why.english(),
        },
        since: restriction.since,
        remedy: restriction.remedy.code(),
        remedy_until: restriction.remedy_until,
    }
}

fn account(
    id: MerchantId,
    state: &MerchantState,
    at: DateTime<Utc>,
    language: Language,
) -> Account {
    let basics = state.account.basics.as_ref();
    let identity = basics.and_then(|basics| basics.identity.known());
    Account {
        object: "merchant",
        id: id.to_string(),
        status: state.account.status.map(Coded::code),
        legal_name: identity.map(|identity| identity.legal_name.as_str().to_owned()),
        siren: identity
            .and_then(|identity| identity.siren.as_ref())
            .map(|siren| siren.as_str().to_owned()),
        legal_form: basics.map(|basics| basics.legal_form.code()),
        country: basics.map(|basics| basics.country.to_string()),
        activity: basics.map(|basics| basics.activity.as_str().to_owned()),
        client_file_status: file_status(state, at),
        are_payouts_enabled: state.account.are_payouts_enabled,
        restriction: state.account.restriction.as_ref().map(|r| restriction_view(r, language)),
    }
}

/// List the merchants you act for
#[utoipa::path(get, path = "/merchants", tag = "account",
    responses((status = 200, body = List<Account>)))]
async fn list_merchants(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
) -> Result<axum::Json<List<Account>>, Problem> {
    let mut accounts = vec![];
    for membership in app.projections.models().sign_in.of(user.id).iter() {
        let merchant = <MerchantId as domain::Id>::from_uuid(membership.merchant);
        let loaded = load(&app, &user, merchant, AsOf::Now).await?;
        accounts.push(account(merchant, &loaded.state, call.at, call.language));
    }
    Ok(axum::Json(List::whole(accounts)))
}

/// Read an account
#[utoipa::path(get, path = "/merchants/{merchant}", tag = "account", params(MomentQuery),
    responses((status = 200, body = Account)))]
async fn read_merchant(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<Account>, Problem> {
    let merchant = id(&merchant)?;
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let at = moment.time(call.at);
    Ok(Versioned::ok(loaded.revision, account(merchant, &loaded.state, at, call.language)))
}

#[derive(Serialize, ToSchema)]
struct OnboardingView {
    /// Always `onboarding`.
    object: &'static str,
    client_file_status: &'static str,
    steps: Vec<StepView>,
    requirements_open: usize,
    requirements_total: usize,
    /// When you can expect our answer.
    answer_expected_by: Option<DateTime<Utc>>,
    /// Until when the additional documents must be here.
    documents_deadline: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
struct StepView {
    step: &'static str,
    title: &'static str,
    /// `done`, `current`, `waiting_for_us` or `to_come`.
    progress: &'static str,
    /// The request that takes it further.
    action: String,
}

/// Read the steps of your onboarding: where you stand and what comes next
#[utoipa::path(get, path = "/merchants/{merchant}/onboarding", tag = "account",
    params(MomentQuery), responses((status = 200, body = OnboardingView)))]
async fn read_onboarding(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<OnboardingView>, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let at = moment.time(call.at);
    let found = onboarding(&loaded.state, at);
    let steps = found
        .steps
        .iter()
        .map(|(step, progress)| StepView {
            step: step.code(),
            title: match call.language {
                Language::French => step.french(),
                Language::English => step.english(),
            },
            progress: progress.code(),
            action: step.action().replace("{merchant}", &merchant.to_string()),
        })
        .collect();
    let view = OnboardingView {
        object: "onboarding",
        client_file_status: file_status(&loaded.state, at),
        steps,
        requirements_open: found.requirements_open,
        requirements_total: found.requirements_total,
        answer_expected_by: found.answer_expected_by,
        documents_deadline: found.documents_deadline,
    };
    Ok(Versioned::ok(loaded.revision, view))
}

#[derive(Serialize, ToSchema)]
struct RequirementView {
    /// Always `requirement`.
    object: &'static str,
    id: String,
    what: &'static str,
    person: Option<String>,
    /// `missing`, `provided`, `accepted` or `refused`.
    status: &'static str,
    legal_basis: &'static str,
    why: &'static str,
    /// What waits for it.
    impact: &'static str,
    errors: Vec<RequirementError>,
    /// The request that provides it.
    remedy: String,
}

#[derive(Serialize, ToSchema)]
struct RequirementError {
    code: &'static str,
    detail: &'static str,
}

/// List what the client file needs, one entry per thing
#[utoipa::path(get, path = "/merchants/{merchant}/requirements", tag = "account",
    params(MomentQuery), responses((status = 200, body = List<RequirementView>)))]
async fn list_requirements(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<List<RequirementView>>, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let entries = requirements(&loaded.state, moment.time(call.at));
    let views = entries
        .iter()
        .map(|entry| RequirementView {
            object: "requirement",
            id: entry.id(),
            what: entry.kind.code(),
            person: entry.person.map(|person| person.to_string()),
            status: entry.status.code(),
            legal_basis: entry.legal_basis.code(),
            why: words::why(entry.legal_basis, call.language),
            impact: "contract_signature",
            errors: entry
                .refusal
                .iter()
                .map(|refusal| RequirementError {
                    code: refusal.code(),
                    detail: match call.language {
                        Language::French => refusal.french(),
                        Language::English => refusal.english(),
                    },
                })
                .collect(),
            remedy: words::remedy(entry.kind).replace("{merchant}", &merchant.to_string()),
        })
        .collect();
    Ok(Versioned::ok(loaded.revision, List::whole(views)))
}

mod words {
    //! What a requirement says to a merchant.
    use domain::client_file::{LegalBasis, RequirementKind};
    use domain::values::Language;

    pub fn why(basis: LegalBasis, language: Language) -> &'static str {
        let (french, english) = match basis {
            LegalBasis::ClientIdentification => (
                "La loi nous oblige à identifier nos clients (L561-5 du code monétaire et financier).",
                "The law obliges us to identify our clients (L561-5 of the monetary and financial code).",
            ),
            LegalBasis::BeneficialOwners => (
                "La loi nous oblige à connaître les bénéficiaires effectifs (L561-2-2 du même code).",
                "The law obliges us to know the beneficial owners (L561-2-2 of the same code).",
            ),
            LegalBasis::BusinessRelationship => (
                "La loi nous oblige à connaître l'objet de la relation d'affaires (L561-5-1 du même code).",
                "The law obliges us to know the purpose of the relationship (L561-5-1 of the same code).",
            ),
            LegalBasis::Contract => {
                ("Nécessaire à l'exécution du contrat.", "Needed to perform the contract.")
            }
        };
        match language {
            Language::French => french,
            Language::English => english,
        }
    }

    pub fn remedy(kind: RequirementKind) -> &'static str {
        match kind {
            RequirementKind::CompanyNumber => "PUT /portal/v1/merchants/{merchant}/company-basics",
            RequirementKind::CompanyDetails => "PUT /portal/v1/merchants/{merchant}/company",
            RequirementKind::Representative
            | RequirementKind::RepresentativeOfAge
            | RequirementKind::BeneficialOwner => "POST /portal/v1/merchants/{merchant}/people",
            RequirementKind::Ownership => "PUT /portal/v1/merchants/{merchant}/ownership",
            RequirementKind::PayoutAccount => "PUT /portal/v1/merchants/{merchant}/payout-account",
            RequirementKind::Services => "PUT /portal/v1/merchants/{merchant}/services",
            RequirementKind::RegistrationExtract
            | RequirementKind::BankDetails
            | RequirementKind::ArticlesOfAssociation
            | RequirementKind::IdentityDocument
            | RequirementKind::PowerOfAttorney => "POST /portal/v1/merchants/{merchant}/documents",
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CompanyBasicsBody {
    #[schema(example = "Atelier du Lac")]
    legal_name: String,
    /// Leave it out while the company is being registered.
    #[schema(example = "732829320")]
    siren: Option<String>,
    /// `sole_trader`, `eurl`, `sarl`, `sas`, `sasu`, `sa`, `snc`, `selarl`, `sci`, `gie` or
    /// `association`.
    #[schema(example = "sarl")]
    legal_form: String,
    /// ISO 3166-1, two letters.
    #[schema(example = "FR")]
    country: String,
    /// NAF code.
    #[schema(example = "62.01Z")]
    activity: String,
}

#[derive(Serialize, ToSchema)]
struct CompanyBasicsAnswer {
    /// Always `company_basics`.
    object: &'static str,
    merchant: Account,
    /// Your first test key. It is also under `GET …/api-keys`.
    test_key: Option<String>,
}

/// Give the company basics; the first time opens test mode and makes the first test key
#[utoipa::path(put, path = "/merchants/{merchant}/company-basics", tag = "account",
    request_body = CompanyBasicsBody, responses((status = 200, body = CompanyBasicsAnswer)))]
async fn record_company_basics(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Json(body): Json<CompanyBasicsBody>,
) -> Result<Versioned<CompanyBasicsAnswer>, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    let mut fields = Fields::default();
    let legal_name = fields.take("/legal_name", LegalName::parse(&body.legal_name));
    let siren = fields.take_optional("/siren", body.siren.as_ref(), Siren::parse);
    let legal_form = fields.code("/legal_form", &body.legal_form);
    let country = fields.take("/country", Country::parse(&body.country));
    let activity = fields.take("/activity", Activity::parse(&body.activity, paris_date(call.at)));
    let basics = (|| {
        Some(CompanyBasics {
            identity: CompanyIdentity { legal_name: legal_name?, siren }.into(),
            legal_form: legal_form?,
            country: country?,
            activity: activity?,
        })
    })();
    let basics = fields.finish(basics)?;
    let is_mobile_verified =
        app.store.load::<User>(user.id, AsOf::Now).await?.state.is_mobile_verified;
    let key_id: ApiKeyId = call.derive("test_key");
    let value = payment::test_key_value(&app, key_id);
    let command = Command::RecordCompanyBasics {
        basics,
        is_mobile_verified,
        test_key: payment::new_key(key_id, &value),
    };
    let done =
        app.execute::<Merchant>(merchant, command.into(), &call.by(&user), &call.request()).await?;
    let answer = CompanyBasicsAnswer {
        object: "company_basics",
        merchant: account(merchant, &done.state, call.at, call.language),
        test_key: done.state.keys.keys.contains_key(&key_id).then_some(value),
    };
    Ok(Versioned::ok(done.revision, answer))
}

#[derive(Serialize, ToSchema)]
struct EventView {
    /// Always `event`.
    object: &'static str,
    id: String,
    /// Counts what you may read, from 0; the same as in ETags and `at_revision`.
    revision: u64,
    #[serde(rename = "type")]
    event_type: String,
    at: DateTime<Utc>,
    /// `you`, `us`, `timer` or another kind of actor.
    by: &'static str,
    text: String,
}

/// List everything that happened to the account, in plain words, the oldest first
#[utoipa::path(get, path = "/merchants/{merchant}/events", tag = "account", params(PageQuery),
    responses((status = 200, body = List<EventView>)))]
async fn list_events(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<EventView>>, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    load(&app, &user, merchant, AsOf::Now).await?;
    let (limit, after) = (page.limit()?, page.after()?);
    let events = app.store.events::<Merchant>(merchant).await?;
    let mut visible = events
        .iter()
        .filter_map(|recorded| {
            let domain::Event::Merchant(event) = &recorded.event else { return None };
            Some((recorded, account_ledger::for_merchant(event)?))
        })
        .zip(0..)
        .filter(|(_, revision)| after.is_none_or(|after| *revision > after))
        .map(|((recorded, sentence), revision)| EventView {
            object: "event",
            id: recorded.metadata.event_id.to_string(),
            revision,
            event_type: recorded.event_type.to_owned(),
            at: recorded.metadata.recorded_at,
            by: by_whom(recorded.metadata.actor, &user),
            text: sentence.in_language(call.language).to_owned(),
        });
    let views: Vec<EventView> = visible.by_ref().take(limit).collect();
    let has_more = visible.next().is_some();
    Ok(axum::Json(List::page(views, has_more, |event| event.revision.to_string())))
}

/// A merchant sees that we acted, never which of us.
fn by_whom(actor: domain::Actor, user: &PortalUser) -> &'static str {
    match actor {
        domain::Actor::User(id) if id == user.id => "you",
        domain::Actor::User(_) => "team",
        domain::Actor::Visitor | domain::Actor::Signer(_) => "signer",
        domain::Actor::Staff(_) | domain::Actor::Provider => "us",
        domain::Actor::ApiKey(_) => "api_key",
        domain::Actor::System => "timer",
    }
}
