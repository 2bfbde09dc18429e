//! What may be asked of staff accounts, and the refusals in order.

use super::{Profile, Roles};
use crate::LinkId;
use crate::messages;
use crate::sign_in::Attempt;
use crate::values::Language;

#[derive(Clone, Debug)]
pub enum Command {
    Invite {
        profile: Profile,
        language: Language,
        roles: Roles,
        link: LinkId,
    },
    /// The invitation was followed; password and second factor lie in the vault under its id.
    Join {
        link: LinkId,
        is_second_factor_right: bool,
    },
    ChangeRoles {
        roles: Roles,
    },
    Disable,
    SignIn {
        is_password_right: bool,
        is_second_factor_right: bool,
        attempt: Attempt,
    },
    RecordMessage(messages::Command),
}

refusals! {
    pub enum Refusal {
        UnknownStaff = "unknown_staff", "There is no such member of staff.", "Ce membre de l'équipe n'existe pas.";
        AdministratorOnly = "administrator_only", "Only an administrator manages staff accounts.", "Seul un administrateur gère les comptes de l'équipe.";
        AlreadyInvited = "staff_exists", "This member of staff exists already.", "Ce membre de l'équipe existe déjà.";
        NoRole = "no_role", "Give at least one role.", "Donnez au moins un rôle.";
        OwnAccount = "own_account", "Nobody changes their own roles or disables themselves.", "Nul ne change ses propres rôles ni ne se désactive.";
        LinkUsed = "link_used", "This link has been used already. Sign in.", "Ce lien a déjà servi. Connectez-vous.";
        LinkExpired = "link_expired", "This link has expired; ask an administrator for a new one.", "Ce lien a expiré ; demandez-en un nouveau à un administrateur.";
        WrongSecondFactor = "wrong_second_factor", "The code of the authenticator does not fit; check the clock of the device.", "Le code de l'application ne correspond pas ; vérifiez l'heure de l'appareil.";
        Disabled = "staff_disabled", "This account is disabled.", "Ce compte est désactivé.";
    }
}
