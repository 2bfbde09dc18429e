//! What the client file needs, and why.

use super::load;
use crate::app::App;
use crate::http::{At, List, MomentQuery, PortalUser, Problem, Query, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use domain::client_file::{LegalBasis, RequirementKind, requirements};
use domain::values::Language;
use domain::{Coded, MerchantId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_requirements))
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
#[utoipa::path(get, path = "/merchants/{merchant}/requirements", tag = "registration",
    params(MomentQuery), responses((status = 200, body = List<RequirementView>)))]
async fn list_requirements(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<List<RequirementView>>, Problem> {
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
            why: why(entry.legal_basis, call.language),
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
            remedy: remedy(entry.kind).replace("{merchant}", &merchant.to_string()),
        })
        .collect();
    Ok(Versioned::ok(loaded.revision, List::whole(views)))
}

fn why(basis: LegalBasis, language: Language) -> &'static str {
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

fn remedy(kind: RequirementKind) -> &'static str {
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
