//! What may be asked of a user, and the refusals in order.

use super::{CodePurpose, Profile, Scope};
use crate::messages;
use crate::sign_in::Attempt;
use crate::values::{Email, FreeText, Language, Mobile};
use crate::{BankAccountChangeId, ChallengeId, ContactChangeId, LinkId, MerchantId, TokenId};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub enum Command {
    Register {
        email: Email,
        language: Language,
        credential: LinkId,
    },
    /// `link` is for an account that was never activated: its activation, or the choice of a password.
    /// Whether the password is the one of the registration is known outside and judged here.
    RepeatRegistration {
        link: LinkId,
        is_password_same: bool,
    },
    IssueActivationLink {
        link: LinkId,
    },
    VerifyEmail {
        link: LinkId,
    },
    RecordProfile {
        profile: Profile,
    },
    SendCode {
        challenge: ChallengeId,
        purpose: CodePurpose,
    },
    /// Whether the code is the one that was sent is known outside and judged here.
    EnterCode {
        challenge: ChallengeId,
        is_code_right: bool,
    },
    RequestPasswordReset {
        link: LinkId,
    },
    /// `credential` is the link followed; the new hash lies in the vault under its id.
    ChangePassword {
        credential: LinkId,
    },
    SignIn {
        is_password_right: bool,
        attempt: Attempt,
    },
    RevokeSessions,
    RequestEmailChange {
        change: ContactChangeId,
        email: Email,
    },
    /// `challenge` is for the code to the new number.
    RequestMobileChange {
        change: ContactChangeId,
        mobile: Mobile,
        challenge: ChallengeId,
    },
    ConfirmEmailChange {
        change: ContactChangeId,
    },
    /// By the link that came to an old contact, or by the user.
    CancelContactChange {
        change: ContactChangeId,
    },
    FreezeContacts {
        merchant: MerchantId,
        change: BankAccountChangeId,
    },
    ReleaseContacts {
        change: BankAccountChangeId,
    },
    IssueToken {
        token: TokenId,
        hash: [u8; 32],
        name: FreeText,
        scopes: BTreeSet<Scope>,
        expires_at: DateTime<Utc>,
    },
    RevokeToken {
        token: TokenId,
    },
    Lapse,
    RecordMessage(messages::Command),
}

refusals! {
    pub enum Refusal {
        UnknownUser = "unknown_user", "There is no such user.", "Cet utilisateur n'existe pas.";
        AlreadyRegistered = "user_exists", "This user exists already.", "Cet utilisateur existe déjà.";
        LinkUsed = "link_used", "This link has been used already. Sign in, or ask for a new one.", "Ce lien a déjà servi. Connectez-vous, ou demandez-en un nouveau.";
        LinkReplaced = "link_replaced", "A newer link was sent; only the newest works.", "Un lien plus récent a été envoyé ; seul le dernier fonctionne.";
        LinkExpired = "link_expired", "This link has expired; ask for a new one.", "Ce lien a expiré ; demandez-en un nouveau.";
        AlreadyActivated = "already_activated", "This account is activated; sign in.", "Ce compte est activé ; connectez-vous.";
        TooManyLinks = "too_many_links", "The link was sent often enough; look in the spam folder or try again later.", "Le lien a été envoyé assez souvent ; cherchez dans les courriers indésirables ou réessayez plus tard.";
        NotActivated = "not_activated", "Follow the link that was sent to your address first.", "Suivez d'abord le lien envoyé à votre adresse.";
        WrongCredentials = "wrong_credentials", "The address or the password is wrong.", "L'adresse ou le mot de passe est faux.";
        NoMobile = "no_mobile", "Give your name and mobile number first: PUT /portal/v1/me/profile.", "Indiquez d'abord votre nom et votre mobile : PUT /portal/v1/me/profile.";
        MobileNotVerified = "mobile_not_verified", "Verify your mobile number first.", "Vérifiez d'abord votre numéro de mobile.";
        TooManyCodes = "too_many_codes", "Five codes were sent within an hour, or twenty within a day; try again later.", "Cinq codes ont été envoyés en une heure, ou vingt en un jour ; réessayez plus tard.";
        NoCodeSent = "no_code_sent", "Ask for a code first.", "Demandez d'abord un code.";
        CodeExpired = "code_expired", "This code is no longer valid; ask for another.", "Ce code n'est plus valable ; demandez-en un autre.";
        NotDue = "not_due", "It is too early: the deadline has not passed.", "Il est trop tôt : l'échéance n'est pas passée.";
        MobileFixed = "mobile_fixed", "A verified mobile number changes by a change of contact: POST /portal/v1/me/mobile-changes.", "Un numéro vérifié ne change que par un changement de contact : POST /portal/v1/me/mobile-changes.";
        StrongAuthenticationNeeded = "strong_authentication_needed", "Confirm this action with a one-time code first: POST /portal/v1/strong-authentications.", "Confirmez d'abord cette action par un code à usage unique : POST /portal/v1/strong-authentications.";
        ContactsFrozen = "contacts_frozen", "A bank account is being changed: e-mail and mobile stay as they are until 72 hours after it. Cancel that change if it is not yours.", "Un compte bancaire est en cours de changement : e-mail et mobile ne changent pas jusqu'à 72 heures après. Annulez ce changement s'il n'est pas de vous.";
        TooManyContactChanges = "too_many_contact_changes", "Too many changes: five can be asked for within a day, and five can come about within thirty days. Try again later.", "Trop de changements : cinq peuvent être demandés par jour, et cinq aboutir en trente jours. Réessayez plus tard.";
        ContactUnchanged = "contact_unchanged", "This is your e-mail or mobile already.", "C'est déjà votre e-mail ou votre mobile.";
        UnknownContactChange = "unknown_contact_change", "There is no such change, or a newer one has replaced it.", "Ce changement n'existe pas, ou un plus récent l'a remplacé.";
        ContactChangeEnded = "contact_change_ended", "This change is done, was cancelled or has expired; ask for it again.", "Ce changement est fait, annulé ou expiré ; demandez-le de nouveau.";
        NoScope = "no_scope", "Say what the token is for: at least one scope.", "Indiquez à quoi sert le jeton : au moins une portée.";
        TokenEndOutOfRange = "token_end_out_of_range", "A token works for one day to one year; give an end within that.", "Un jeton fonctionne d'un jour à un an ; donnez une fin dans ces bornes.";
        TooManyTokens = "too_many_tokens", "Twenty tokens work already; revoke one first.", "Vingt jetons fonctionnent déjà ; révoquez-en un d'abord.";
        UnknownToken = "unknown_token", "There is no such token, or it has ended.", "Ce jeton n'existe pas, ou il a pris fin.";
        ContactsChangedLately = "contacts_changed_lately", "Your e-mail or mobile changed within the last 72 hours. Ask again after that.", "Votre e-mail ou votre mobile a changé il y a moins de 72 heures. Redemandez après ce délai.";
    }
}
