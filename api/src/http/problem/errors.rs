//! Which status and which words an error has: the one place that decides it.

use super::Problem;
use crate::auth::code_limits::NoCode;
use crate::error::{Error, Refusal};
use axum::http::StatusCode;
use domain::{access, bank_account, merchant, staff, user};
use std::fmt::Display;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::NotFound => Self::not_found(),
            Error::UnknownLink => Self::new(
                StatusCode::NOT_FOUND,
                "unknown_link",
                "This link is not one of ours; copy it again from the e-mail.",
                "Ce lien n'est pas l'un des nôtres ; recopiez-le depuis l'e-mail.",
            ),
            Error::WrongCode => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "wrong_code",
                "This is not the code that was sent. After five wrong ones it no longer works.",
                "Ce n'est pas le code envoyé. Après cinq erreurs, il ne fonctionne plus.",
            ),
            Error::Password(invalid) => Self::invalid_field("/password", invalid),
            Error::Unfit(unfit) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, unfit.code, unfit.english, unfit.french)
            }
            Error::NoCode(no_code) => no_code.into(),
            Error::BeingFiled => Self {
                retry_after_seconds: Some(2),
                ..Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "contract_being_filed",
                    "The signed contract is being filed. Ask again in a moment.",
                    "Le contrat signé est en cours d'archivage. Redemandez-le dans un instant.",
                )
            },
            Error::Erased => Self::new(
                StatusCode::GONE,
                "document_erased",
                "This document was erased.",
                "Ce document a été effacé.",
            ),
            Error::OtherDocument => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "This Idempotency-Key was used for another document; take a new one.",
                "Cette Idempotency-Key a servi à un autre document ; prenez-en une nouvelle.",
            ),
            Error::Stale => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "stale",
                "It has changed since you looked. Read it again, then send the new ETag as If-Match.",
                "Cela a changé depuis votre lecture. Relisez, puis envoyez le nouvel ETag en If-Match.",
            ),
            Error::Contended => Self::too_many_requests(1),
            Error::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "The request is too large.",
                "La requête est trop volumineuse.",
            ),
            Error::Behind => Self {
                retry_after_seconds: Some(2),
                ..Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "read_models_behind",
                    "It is recorded, but cannot be shown yet. Try again with the same Idempotency-Key.",
                    "C'est enregistré, mais pas encore affichable. Réessayez avec la même Idempotency-Key.",
                )
            },
            Error::Unavailable(cause) => unavailable(cause),
            Error::Indeterminate(cause) => Self {
                code: "outcome_unknown",
                english: "It may or may not have happened. Send it again with the same \
                          Idempotency-Key to find out."
                    .to_owned(),
                french: "Cela a peut-être eu lieu. Renvoyez la requête avec la même \
                         Idempotency-Key pour le savoir."
                    .to_owned(),
                ..unavailable(cause)
            },
            Error::KeyLost(cause) => key_lost(cause),
            Error::Internal(cause) => Self::internal(cause),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::Merchant(refusal) => of_merchant(refusal),
            Refusal::User(refusal) => of_user(refusal),
            Refusal::Staff(refusal) => of_staff(refusal),
            Refusal::EmailClaim(_) => StatusCode::CONFLICT,
        };
        let (code, english, french) = refusal.words();
        Self::new(status, code, english, french)
    }
}

/// Whoever may not ask is told so; everything else is a conflict with how things stand.
fn of_merchant(refusal: merchant::Refusal) -> StatusCode {
    use access::Refusal;
    match refusal.of_access() {
        Some(Refusal::UnknownMerchant) => StatusCode::NOT_FOUND,
        Some(
            Refusal::StaffOnly
            | Refusal::StaffRoleForbids
            | Refusal::SystemOnly
            | Refusal::RoleForbids
            | Refusal::StrongAuthenticationNeeded,
        ) => StatusCode::FORBIDDEN,
        None if refusal == bank_account::Refusal::UnknownChange.into() => StatusCode::NOT_FOUND,
        None if refusal == bank_account::Refusal::RibNotPdf.into() => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        None if refusal == bank_account::Refusal::TooManyChanges.into() => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Some(Refusal::StatusForbids) | None => StatusCode::CONFLICT,
    }
}

fn of_user(refusal: user::Refusal) -> StatusCode {
    use user::Refusal;
    match refusal {
        Refusal::UnknownUser => StatusCode::NOT_FOUND,
        Refusal::WrongCredentials => StatusCode::UNAUTHORIZED,
        Refusal::NotActivated | Refusal::StrongAuthenticationNeeded => StatusCode::FORBIDDEN,
        Refusal::LinkUsed | Refusal::LinkReplaced | Refusal::LinkExpired => StatusCode::GONE,
        Refusal::TooManyLinks | Refusal::TooManyCodes | Refusal::TooManyContactChanges => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Refusal::AlreadyRegistered
        | Refusal::AlreadyActivated
        | Refusal::NoMobile
        | Refusal::MobileNotVerified
        | Refusal::NoCodeSent
        | Refusal::CodeExpired
        | Refusal::NotDue
        | Refusal::ContactsFrozen
        | Refusal::ContactUnchanged
        | Refusal::UnknownContactChange
        | Refusal::ContactChangeEnded
        | Refusal::ContactsChangedLately
        | Refusal::MobileFixed => StatusCode::CONFLICT,
    }
}

fn of_staff(refusal: staff::Refusal) -> StatusCode {
    use staff::Refusal;
    match refusal {
        Refusal::UnknownStaff => StatusCode::NOT_FOUND,
        Refusal::AdministratorOnly | Refusal::OwnAccount | Refusal::Disabled => {
            StatusCode::FORBIDDEN
        }
        Refusal::LinkUsed | Refusal::LinkExpired => StatusCode::GONE,
        Refusal::AlreadyInvited => StatusCode::CONFLICT,
        Refusal::NoRole | Refusal::WrongSecondFactor => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<NoCode> for Problem {
    fn from(no_code: NoCode) -> Self {
        match no_code {
            NoCode::Unavailable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "sms_unavailable",
                "No code can be sent to mobiles at the moment; contact our support.",
                "Aucun code ne peut être envoyé par SMS pour le moment ; contactez notre support.",
            ),
            NoCode::CountryNotServed => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "mobile_country_not_served",
                "We send no codes to mobiles of this country; give another number.",
                "Nous n'envoyons pas de codes vers ce pays ; indiquez un autre numéro.",
            ),
            NoCode::TooManyToNumber { seconds } => Self {
                retry_after_seconds: i64::try_from(seconds).ok(),
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_codes_to_number",
                    "This number was sent as many codes as it may be within a day; try again later.",
                    "Ce numéro a reçu le nombre maximal de codes pour un jour ; réessayez plus tard.",
                )
            },
        }
    }
}

fn key_lost(cause: impl Display) -> Problem {
    tracing::error!(%cause, "a key is lost");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "key_lost",
        "The key of this person's data is missing on our side. Nothing was recorded; our \
         support knows what to do.",
        "La clé des données de cette personne manque de notre côté. Rien n'a été enregistré ; \
         notre support sait quoi faire.",
    )
}

fn unavailable(cause: impl Display) -> Problem {
    tracing::error!(%cause, "the store does not answer");
    Problem {
        retry_after_seconds: Some(5),
        ..Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The service cannot answer for the moment. Try again with the same Idempotency-Key.",
            "Le service ne peut répondre pour le moment. Réessayez avec la même Idempotency-Key.",
        )
    }
}

/// What can go wrong below becomes a problem by way of the closed list.
macro_rules! by_way_of_errors {
    ($($error:ty),+) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Error::from(error).into()
            }
        }
    )+};
}

by_way_of_errors!(
    merchant::Refusal,
    user::Refusal,
    staff::Refusal,
    store::ReadError,
    store::vault::VaultError
);
