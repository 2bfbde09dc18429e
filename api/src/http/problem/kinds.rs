//! Every kind of problem that does not come from a rule or from a document: its code, its words and its
//! status. The codes of the rules are their refusals'; `catalogue` has all of them.

use super::Problem;
use crate::documents::inspect::UnfitKind;
use crate::error::Refusal;
use axum::http::StatusCode;
use domain::{Coded, Worded, access, email_claim, looks, merchant, staff, user};

domain::codes! {
    /// In the order of their statuses.
    pub enum Kind {
        MalformedRequest = "malformed_request", "The request cannot be understood.", "La requête ne peut être comprise.";
        InvalidIdempotencyKey = "invalid_idempotency_key", "An Idempotency-Key has 1 to 255 visible ASCII characters.", "Une Idempotency-Key comporte de 1 à 255 caractères ASCII visibles.";
        NotSignedIn = "not_signed_in", "Sign in first; the session may have ended.", "Connectez-vous d'abord ; la session a peut-être pris fin.";
        WrongApiKey = "wrong_api_key", "You are not authorized to access that resource", "Vous n'êtes pas autorisé à accéder à cette ressource";
        WrongSignature = "wrong_signature", "The signature is not that of our provider, or it is too old.", "La signature n'est pas celle de notre prestataire, ou elle est trop ancienne.";
        CrossSite = "cross_site", "This request came from another site.", "Cette requête vient d'un autre site.";
        SessionNeeded = "session_needed", "A token is not enough for this; sign in at the portal.", "Un jeton ne suffit pas ; connectez-vous à l'Espace Client.";
        ScopeMissing = "scope_missing", "This token was not made for this; make one with the scope.", "Ce jeton n'est pas fait pour cela ; créez-en un avec la portée voulue.";
        NotFound = "not_found", "There is nothing here for you.", "Il n'y a rien ici pour vous.";
        UnknownLink = "unknown_link", "This link is not one of ours; copy it again from the e-mail.", "Ce lien n'est pas l'un des nôtres ; recopiez-le depuis l'e-mail.";
        UnknownMessage = "unknown_message", "It is not recorded that such a message was sent. Report it again later.", "L'envoi d'un tel message n'est pas enregistré. Renvoyez ce rapport plus tard.";
        MethodNotAllowed = "method_not_allowed", "This address does not answer that method; see the Allow header.", "Cette adresse ne répond pas à cette méthode ; voir l'en-tête Allow.";
        RequestTimeout = "request_timeout", "The request came too slowly or not to its end; send it again.", "La requête est arrivée trop lentement ou incomplète ; renvoyez-la.";
        IdempotencyKeyInFlight = "idempotency_key_in_flight", "A request with this Idempotency-Key is being carried out; wait for its answer.", "Une requête portant cette Idempotency-Key est en cours ; attendez sa réponse.";
        DocumentErased = "document_erased", "This document was erased.", "Ce document a été effacé.";
        Stale = "stale", "It has changed since you looked. Read it again, then send the new ETag as If-Match.", "Cela a changé depuis votre lecture. Relisez, puis envoyez le nouvel ETag en If-Match.";
        TooLarge = "too_large", "The request is too large.", "La requête est trop volumineuse.";
        UnsupportedMediaType = "unsupported_media_type", "Send application/json, or multipart/form-data for a document.", "Envoyez du application/json, ou du multipart/form-data pour un document.";
        InvalidFields = "invalid_fields", "Some fields need correcting; see `errors`.", "Certains champs sont à corriger ; voir `errors`.";
        WrongCode = "wrong_code", "This is not the code that was sent. After five wrong ones it no longer works.", "Ce n'est pas le code envoyé. Après cinq erreurs, il ne fonctionne plus.";
        IdempotencyKeyReused = "idempotency_key_reused", "This Idempotency-Key was used for another request; take a new one.", "Cette Idempotency-Key a servi à une autre requête ; prenez-en une nouvelle.";
        MobileCountryNotServed = "mobile_country_not_served", "We send no codes to mobiles of this country; give another number.", "Nous n'envoyons pas de codes vers ce pays ; indiquez un autre numéro.";
        IfMatchRequired = "if_match_required", "Send the ETag of what you have read as If-Match.", "Envoyez en If-Match l'ETag de ce que vous avez lu.";
        TooManyRequests = "too_many_requests", "Too many requests; wait a little and try again.", "Trop de requêtes ; patientez un peu puis réessayez.";
        TooManyUploads = "too_many_uploads", "Two documents at a time; wait until one has arrived.", "Deux documents à la fois ; attendez que l'un soit arrivé.";
        TooManyCodesToNumber = "too_many_codes_to_number", "This number was sent as many codes as it may be within a day; try again later.", "Ce numéro a reçu le nombre maximal de codes pour un jour ; réessayez plus tard.";
        TooManyFeeds = "too_many_feeds", "Five lines follow already; end one first.", "Cinq flux sont déjà ouverts ; fermez-en un d'abord.";
        InternalError = "internal_error", "Something failed on our side. Nothing was lost; try again.", "Une erreur s'est produite de notre côté. Rien n'est perdu ; réessayez.";
        Unavailable = "unavailable", "The service cannot answer for the moment. Try again with the same Idempotency-Key.", "Le service ne peut répondre pour le moment. Réessayez avec la même Idempotency-Key.";
        OutcomeUnknown = "outcome_unknown", "It may or may not have happened. Send it again with the same Idempotency-Key to find out.", "Cela a peut-être eu lieu. Renvoyez la requête avec la même Idempotency-Key pour le savoir.";
        ReadModelsBehind = "read_models_behind", "It is recorded, but cannot be shown yet. Try again with the same Idempotency-Key.", "C'est enregistré, mais pas encore affichable. Réessayez avec la même Idempotency-Key.";
        ContractBeingFiled = "contract_being_filed", "The signed contract is being filed. Ask again in a moment.", "Le contrat signé est en cours d'archivage. Redemandez-le dans un instant.";
        KeyLost = "key_lost", "The key of this person's data is missing on our side. Nothing was recorded; our support knows what to do.", "La clé des données de cette personne manque de notre côté. Rien n'a été enregistré ; notre support sait quoi faire.";
        SmsUnavailable = "sms_unavailable", "No code can be sent to mobiles at the moment; contact our support.", "Aucun code ne peut être envoyé par SMS pour le moment ; contactez notre support.";
    }
}

impl Kind {
    pub fn status(self) -> StatusCode {
        match self {
            Self::MalformedRequest | Self::InvalidIdempotencyKey => StatusCode::BAD_REQUEST,
            Self::NotSignedIn | Self::WrongApiKey | Self::WrongSignature => {
                StatusCode::UNAUTHORIZED
            }
            Self::CrossSite | Self::SessionNeeded | Self::ScopeMissing => StatusCode::FORBIDDEN,
            Self::NotFound | Self::UnknownLink | Self::UnknownMessage => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::IdempotencyKeyInFlight => StatusCode::CONFLICT,
            Self::DocumentErased => StatusCode::GONE,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidFields
            | Self::WrongCode
            | Self::IdempotencyKeyReused
            | Self::MobileCountryNotServed => StatusCode::UNPROCESSABLE_ENTITY,
            Self::IfMatchRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::TooManyRequests
            | Self::TooManyUploads
            | Self::TooManyCodesToNumber
            | Self::TooManyFeeds => StatusCode::TOO_MANY_REQUESTS,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable
            | Self::OutcomeUnknown
            | Self::ReadModelsBehind
            | Self::ContractBeingFiled
            | Self::KeyLost
            | Self::SmsUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A kind of problem as the documents explain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Explained {
    pub status: StatusCode,
    pub code: &'static str,
    pub english: &'static str,
    pub french: &'static str,
    /// Whose rule it is, if it is one.
    pub room: Option<&'static str>,
}

/// Everything that a problem can be, by its status and its code.
pub fn catalogue() -> Vec<Explained> {
    let mut all: Vec<Explained> = merchant::refusals().into_iter().map(of_merchant).collect();
    all.extend(Kind::ALL.iter().map(|kind| explained(*kind, kind.status(), None)));
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    all.extend(UnfitKind::ALL.iter().map(|kind| explained(*kind, unfit, None)));
    all.extend(access::Refusal::ALL.iter().map(|one| of_merchant(("access", (*one).into()))));
    all.extend(user::Refusal::ALL.iter().map(|one| of_rule("user", *one)));
    all.extend(staff::Refusal::ALL.iter().map(|one| of_rule("staff", *one)));
    all.extend(looks::Refusal::ALL.iter().map(|one| of_rule("looks", *one)));
    all.extend(email_claim::Refusal::ALL.iter().map(|one| of_rule("email_claim", *one)));
    all.sort_by_key(|one| (one.status, one.code, one.room));
    all
}

fn of_merchant((room, refusal): (&'static str, merchant::Refusal)) -> Explained {
    let (code, english, french) = refusal.words();
    let status = Problem::from(Refusal::from(refusal)).status;
    Explained { status, code, english, french, room: Some(room) }
}

fn of_rule<R: Coded + Worded + Into<Refusal>>(room: &'static str, refusal: R) -> Explained {
    explained(refusal, Problem::from(refusal.into()).status, Some(room))
}

fn explained<T: Worded>(kind: T, status: StatusCode, room: Option<&'static str>) -> Explained {
    let (code, english, french) = (kind.code(), kind.english(), kind.french());
    Explained { status, code, english, french, room }
}
