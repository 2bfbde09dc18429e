//! What each account status allows, and who may ask: one table, tested row by row.

use crate::merchant::State;
use crate::registration::Status;
use crate::staff::Role as StaffRole;
use crate::strong_authentication::Action;
use crate::{Actor, Occasion, StaffId, UserId};

codes! {
    /// What somebody may want to do with an account.
    pub enum Capability {
        SignIn = "sign_in",
        CompanyForm = "company_form",
        TestKeys = "test_keys",
        ClientFile = "client_file",
        LiveServices = "live_services",
        Payouts = "payouts",
        Terminate = "terminate",
        Export = "export",
    }
}

codes! {
    /// How far it goes.
    pub enum Access {
        Denied = "denied",
        Allowed = "allowed",
        /// Signing in leads to the company form and nowhere else.
        FormOnly = "form_only",
        /// Signing in shows what is missing, the export and the termination.
        MissingItemsOnly = "missing_items_only",
        /// Signing in shows a neutral message and how to reach support.
        NeutralMessage = "neutral_message",
        ReadOnly = "read_only",
        /// A change is asked for and reviewed.
        ByChangeRequest = "by_change_request",
        RefreshOnly = "refresh_only",
        UploadOnly = "upload_only",
        /// Money is held, never lost.
        Held = "held",
        FinalSettlement = "final_settlement",
        /// Leaving before going live withdraws the application.
        Withdraw = "withdraw",
        /// Recorded now, effective when the suspension is lifted.
        RecordedOnly = "recorded_only",
        TakeBack = "take_back",
        /// Services go on, nothing new is opened.
        NothingNew = "nothing_new",
    }
}

/// The table of the design, one arm per status.
pub fn access(status: Status, capability: Capability) -> Access {
    use Access::*;
    let [sign_in, form, test_keys, file, live, payouts, terminate, export] = match status {
        Status::Created | Status::Lapsed => {
            [Denied, Denied, Denied, Denied, Denied, Denied, Denied, Denied]
        }
        Status::Activated => [FormOnly, Allowed, Denied, Denied, Denied, Denied, Withdraw, Allowed],
        Status::Test => [Allowed, Allowed, Allowed, Allowed, Denied, Denied, Withdraw, Allowed],
        Status::Live => {
            [Allowed, ByChangeRequest, Allowed, RefreshOnly, Allowed, Allowed, Allowed, Allowed]
        }
        Status::Deactivated => {
            [MissingItemsOnly, Denied, Denied, UploadOnly, Denied, Held, Allowed, Allowed]
        }
        Status::Suspended => {
            [NeutralMessage, Denied, Denied, Denied, Denied, Held, RecordedOnly, Allowed]
        }
        Status::Terminating => {
            [Allowed, ByChangeRequest, Allowed, Denied, NothingNew, Allowed, TakeBack, Allowed]
        }
        Status::Closed => {
            [ReadOnly, Denied, Denied, Denied, Denied, FinalSettlement, Denied, Allowed]
        }
    };
    match capability {
        Capability::SignIn => sign_in,
        Capability::CompanyForm => form,
        Capability::TestKeys => test_keys,
        Capability::ClientFile => file,
        Capability::LiveServices => live,
        Capability::Payouts => payouts,
        Capability::Terminate => terminate,
        Capability::Export => export,
    }
}

codes! {
    /// What a person may do for a merchant.
    pub enum MemberRole {
        Owner = "owner", "owner", "propriétaire";
        Admin = "admin", "administrator", "administrateur";
        Developer = "developer", "developer", "développeur";
        Accountant = "accountant", "accountant", "comptable";
        Viewer = "viewer", "reader", "lecteur";
    }
}

refusals! {
    /// Why a request is refused before its own rules are looked at.
    pub enum Refusal {
        UnknownMerchant = "unknown_merchant", "There is no such merchant, or you are not one of its members.", "Ce compte n'existe pas, ou vous n'en êtes pas membre.";
        StaffOnly = "staff_only", "Only staff may do this.", "Seules nos équipes peuvent faire cela.";
        StaffRoleForbids = "staff_role_forbids", "Your staff role does not allow this.", "Votre rôle dans nos équipes ne le permet pas.";
        SystemOnly = "system_only", "Only a timer may do this.", "Seule une échéance peut déclencher cela.";
        RoleForbids = "role_forbids", "Your role in this merchant's team does not allow this.", "Votre rôle dans cette équipe ne le permet pas.";
        StatusForbids = "account_status_forbids", "The account's status does not allow this now. The onboarding page says what comes next.", "L'état du compte ne le permet pas actuellement. La page de souscription indique la suite.";
        StrongAuthenticationNeeded = "strong_authentication_needed", "Confirm this action with a one-time code first: POST /portal/v1/strong-authentications.", "Confirmez d'abord cette action par un code à usage unique : POST /portal/v1/strong-authentications.";
    }
}

/// The member who asks, if their role is one of `roles`. A stranger learns nothing.
pub fn member(state: &State, occasion: &Occasion, roles: &[MemberRole]) -> Result<UserId, Refusal> {
    let user = match occasion.actor {
        Actor::User(user) => user,
        Actor::Visitor
        | Actor::Signer(_)
        | Actor::Staff(_)
        | Actor::ApiKey(_)
        | Actor::System
        | Actor::Provider
        | Actor::Undisclosed => return Err(Refusal::UnknownMerchant),
    };
    let role = state.role_of(user).ok_or(Refusal::UnknownMerchant)?;
    if roles.contains(&role) { Ok(user) } else { Err(Refusal::RoleForbids) }
}

/// The member of staff who asks, if one of their roles is in `roles`.
pub fn staff(occasion: &Occasion, roles: &[StaffRole]) -> Result<StaffId, Refusal> {
    let staff = occasion.staff().ok_or(Refusal::StaffOnly)?;
    if roles.iter().any(|role| occasion.staff_roles.contains(*role)) {
        Ok(staff)
    } else {
        Err(Refusal::StaffRoleForbids)
    }
}

pub fn system(occasion: &Occasion) -> Result<(), Refusal> {
    match occasion.actor {
        Actor::System => Ok(()),
        Actor::Visitor
        | Actor::User(_)
        | Actor::Signer(_)
        | Actor::Staff(_)
        | Actor::ApiKey(_)
        | Actor::Provider
        | Actor::Undisclosed => Err(Refusal::SystemOnly),
    }
}

/// Refuses unless the account's status gives `capability` in one of the ways of `accepted`.
pub fn capability(
    state: &State,
    capability: Capability,
    accepted: &[Access],
) -> Result<(), Refusal> {
    let status = state.account.status.ok_or(Refusal::UnknownMerchant)?;
    if accepted.contains(&access(status, capability)) {
        Ok(())
    } else {
        Err(Refusal::StatusForbids)
    }
}

pub fn strong_authentication(occasion: &Occasion, action: Action) -> Result<(), Refusal> {
    if occasion.is_proved_for(action) { Ok(()) } else { Err(Refusal::StrongAuthenticationNeeded) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Coded;

    /// The table as `docs/lifecycle/registration.md` prints it, a column per capability in order.
    const TABLE: &[(&str, Status)] = &[
        ("denied denied denied denied denied denied denied denied", Status::Created),
        ("form_only allowed denied denied denied denied withdraw allowed", Status::Activated),
        ("allowed allowed allowed allowed denied denied withdraw allowed", Status::Test),
        (
            "allowed by_change_request allowed refresh_only allowed allowed allowed allowed",
            Status::Live,
        ),
        (
            "missing_items_only denied denied upload_only denied held allowed allowed",
            Status::Deactivated,
        ),
        (
            "neutral_message denied denied denied denied held recorded_only allowed",
            Status::Suspended,
        ),
        (
            "allowed by_change_request allowed denied nothing_new allowed take_back allowed",
            Status::Terminating,
        ),
        ("read_only denied denied denied denied final_settlement denied allowed", Status::Closed),
        ("denied denied denied denied denied denied denied denied", Status::Lapsed),
    ];

    #[test]
    fn every_status_allows_what_its_row_says() {
        for (row, status) in TABLE {
            let actual: Vec<&str> = Capability::ALL
                .iter()
                .map(|capability| access(*status, *capability).code())
                .collect();
            assert_eq!(actual.join(" "), *row, "{status}");
        }
        assert_eq!(TABLE.len(), Status::ALL.len());
    }
}
