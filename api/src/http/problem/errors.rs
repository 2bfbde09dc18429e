//! Which status and which words an error has: the one place that decides it.

use super::{Kind, Problem};
use crate::auth::code_limits::NoCode;
use crate::error::{Error, Refusal};
use axum::http::StatusCode;
use domain::{Coded, access, bank_account, contract, looks, merchant, staff, user};
use std::fmt::Display;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::NotFound => Self::not_found(),
            Error::UnknownLink => Self::of(Kind::UnknownLink),
            Error::WrongCode => Self::of(Kind::WrongCode),
            Error::Password(invalid) => Self::invalid_field("/password", invalid),
            Error::Unfit(unfit) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                unfit.kind.code(),
                unfit.english,
                unfit.french,
            ),
            Error::NoCode(no_code) => no_code.into(),
            Error::BeingFiled => Self::of(Kind::ContractBeingFiled).after(2),
            Error::Erased => Self::of(Kind::DocumentErased),
            Error::OtherDocument => Self::of(Kind::IdempotencyKeyReused),
            Error::Stale => Self::of(Kind::Stale),
            Error::Contended => Self::too_many_requests(1),
            Error::TooLarge => Self::of(Kind::TooLarge),
            Error::Behind => Self::of(Kind::ReadModelsBehind).after(2),
            Error::Unavailable(cause) => unavailable(Kind::Unavailable, cause),
            Error::Indeterminate(cause) => unavailable(Kind::OutcomeUnknown, cause),
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
            Refusal::Looks(looks::Refusal::PurposeNeeded) => StatusCode::PRECONDITION_REQUIRED,
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
        None if is_too_often(refusal) => StatusCode::TOO_MANY_REQUESTS,
        Some(Refusal::StatusForbids) | None => StatusCode::CONFLICT,
    }
}

/// Waiting helps.
fn is_too_often(refusal: merchant::Refusal) -> bool {
    [bank_account::Refusal::TooManyChanges.into(), contract::Refusal::TooManyCodesToday.into()]
        .contains(&refusal)
}

fn of_user(refusal: user::Refusal) -> StatusCode {
    use user::Refusal;
    match refusal {
        Refusal::UnknownUser | Refusal::UnknownToken => StatusCode::NOT_FOUND,
        Refusal::NoScope | Refusal::TokenEndOutOfRange => StatusCode::UNPROCESSABLE_ENTITY,
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
        | Refusal::TooManyTokens
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
            NoCode::Unavailable => Self::of(Kind::SmsUnavailable),
            NoCode::CountryNotServed => Self::of(Kind::MobileCountryNotServed),
            NoCode::TooManyToNumber { seconds } => {
                Self::of(Kind::TooManyCodesToNumber).after(seconds)
            }
        }
    }
}

fn key_lost(cause: impl Display) -> Problem {
    tracing::error!(%cause, "a key is lost");
    Problem::of(Kind::KeyLost)
}

fn unavailable(kind: Kind, cause: impl Display) -> Problem {
    tracing::error!(%cause, "the store does not answer");
    Problem::of(kind).after(5)
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
