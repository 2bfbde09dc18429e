//! For which codes of the rules each operation says no. The lifecycle pages have the guards in their
//! order; the acceptance tests fail on an answer that is not in the documents.

/// Common to what an owner does to a merchant.
const OWNER: &str = "unknown_merchant role_forbids account_status_forbids";
/// What edits a client file that was not sent yet.
const FILE: &str = "unknown_merchant role_forbids account_status_forbids client_file_locked";
/// What shows staff a person's data.
const LOOKS: &str = "staff_role_forbids purpose_needed";
/// What staff do to a case.
const CASE: &str =
    "staff_role_forbids purpose_needed file_not_submitted file_decided account_status_forbids";
/// What a link that was sent may be.
const LINK: &str = "unknown_link link_expired link_replaced link_used";
/// What sends a code to a mobile.
const CODE: &str = "sms_unavailable mobile_country_not_served too_many_codes_to_number";
/// The change at an address.
const CHANGE: &str =
    "unknown_bank_account_change bank_account_change_not_newest bank_account_change_ended";

const PORTAL: &[(&str, &[&str])] = &[
    ("activate", &[LINK, "account_not_waiting"]),
    ("change_password", &[LINK]),
    ("sign_in", &["wrong_credentials", "not_activated"]),
    ("record_profile", &["not_activated mobile_fixed"]),
    ("send_mobile_code", &["not_activated no_mobile too_many_codes", CODE]),
    ("verify_mobile", &["no_code_sent code_expired wrong_code"]),
    (
        "start_strong_authentication",
        &["not_activated no_mobile mobile_not_verified too_many_codes unknown_merchant", CODE],
    ),
    ("confirm_strong_authentication", &["no_code_sent code_expired wrong_code"]),
    (
        "request_email_change",
        &["mobile_not_verified strong_authentication_needed contacts_frozen \
           too_many_contact_changes contact_unchanged"],
    ),
    (
        "request_mobile_change",
        &[
            "mobile_not_verified strong_authentication_needed contacts_frozen \
             too_many_contact_changes contact_unchanged too_many_codes",
            CODE,
        ],
    ),
    (
        "send_new_mobile_code",
        &[
            "not_activated unknown_contact_change contact_change_ended contacts_frozen \
             too_many_codes",
            CODE,
        ],
    ),
    (
        "confirm_mobile_change",
        &["no_code_sent code_expired wrong_code unknown_contact_change contact_change_ended \
           contacts_frozen"],
    ),
    ("cancel_contact_change", &["unknown_contact_change contact_change_ended"]),
    (
        "issue_access_token",
        &["mobile_not_verified strong_authentication_needed no_scope token_end_out_of_range \
           too_many_tokens"],
    ),
    ("revoke_access_token", &["unknown_token"]),
    ("record_company_basics", &[OWNER, "mobile_not_verified company_basics_locked"]),
    ("record_company", &[FILE, "siret_of_another_company registered_in_future"]),
    ("add_person", &[FILE, "birth_date_out_of_range person_role_missing too_many_people"]),
    ("change_person", &[FILE, "birth_date_out_of_range person_role_missing too_many_people"]),
    ("remove_person", &[FILE, "unknown_person"]),
    ("declare_ownership", &[FILE, "unknown_person person_listed_twice ownership_over_whole"]),
    ("record_payout_account", &[FILE]),
    ("submit_document", &[OWNER, DOCUMENT]),
    ("withdraw_document", &[FILE, "unknown_document document_decided"]),
    ("withdraw_client_file", &[OWNER, "client_file_decided"]),
    ("present_contract", &[OWNER, "contract_already_signed requirements_missing file_changed"]),
    (
        "send_signing_code",
        &[OWNER, SIGNER, "signer_forgotten too_many_signing_codes too_many_codes_today", CODE],
    ),
    (
        "sign_contract",
        &[
            OWNER,
            SIGNER,
            "other_contract no_code_sent code_expired wrong_code requirements_missing",
        ],
    ),
    ("request_services", &[OWNER, "no_service_requested services_locked"]),
    ("issue_api_key", &[OWNER, KEY]),
    ("rotate_api_key", &[OWNER, KEY, "overlap_too_long api_key_not_active unknown_api_key"]),
    ("revoke_api_key", &["unknown_merchant role_forbids unknown_api_key"]),
    (
        "request_change",
        &[
            OWNER,
            "strong_authentication_needed no_bank_account rib_not_pdf rib_too_large \
             bank_account_unchanged bank_account_change_in_progress too_many_bank_account_changes \
             contacts_not_frozen contacts_changed_lately",
        ],
    ),
    ("confirm_change", &[OWNER, CHANGE, "strong_authentication_needed recap_differs"]),
    ("cancel_change", &["unknown_merchant role_forbids", CHANGE]),
];

const CONSOLE: &[(&str, &[&str])] = &[
    ("read_merchant", &[LOOKS]),
    ("list_events", &[LOOKS]),
    ("read_diff", &[LOOKS]),
    ("list_messages", &[LOOKS]),
    ("download_document", &[LOOKS]),
    ("download_contract", &[LOOKS]),
    ("read_bank_account", &[LOOKS]),
    ("download_rib", &[LOOKS]),
    ("state_purpose", &["staff_role_forbids"]),
    ("list_looks", &["staff_role_forbids"]),
    ("open_invitation", &["unknown_link link_expired link_used"]),
    (
        "accept_invitation",
        &["unknown_link link_expired link_used staff_disabled wrong_second_factor"],
    ),
    ("sign_in", &["wrong_credentials"]),
    ("invite_staff", &["administrator_only staff_exists no_role"]),
    ("change_roles", &["administrator_only unknown_staff no_role own_account"]),
    ("disable_staff", &["administrator_only unknown_staff own_account"]),
    ("resend_activation", &["staff_role_forbids already_activated too_many_links"]),
    ("suspend_account", &[LOOKS, "already_suspended account_status_forbids"]),
    ("submit_document", &[LOOKS, "account_status_forbids", DOCUMENT]),
    ("activate_service", &[LOOKS, "account_status_forbids service_not_requested"]),
    ("refuse_service", &[LOOKS, "account_status_forbids service_not_requested"]),
    ("take_case", &[CASE, "case_taken_by_other"]),
    ("assign_case", &[CASE]),
    ("snooze_case", &[CASE, "snooze_out_of_range"]),
    ("escalate_case", &[CASE]),
    ("add_note", &[LOOKS]),
    ("accept_document", &[CASE, "unknown_document document_not_current"]),
    ("refuse_document", &[CASE, "unknown_document document_not_current"]),
    (
        "request_documents",
        &[
            CASE,
            "no_item_requested too_many_items item_without_kind unknown_person \
             documents_already_requested",
        ],
    ),
    ("propose_decision", &[CASE, FACTS, "decision_already_proposed"]),
    ("confirm_decision", &[CASE, FACTS, "nothing_proposed same_officer"]),
    ("return_decision", &[LOOKS, "nothing_proposed"]),
    ("verify_change", &[LOOKS, "account_status_forbids", CHANGE, UNCONFIRMED]),
    (
        "activate_change",
        &[
            LOOKS,
            "account_status_forbids same_officer \
             bank_account_change_not_verified",
            CHANGE,
            UNCONFIRMED,
        ],
    ),
    ("refuse_change", &[LOOKS, CHANGE, UNCONFIRMED]),
];

const DOCUMENT: &str = "client_file_locked unknown_item document_kind_not_accepted unknown_person \
                        document_needs_person document_too_large too_many_documents \
                        document_issued_in_future identity_dates_needed identity_dates_implausible \
                        identity_document_expired extract_date_needed extract_too_old \
                        unknown_document";
const SIGNER: &str = "contract_already_signed no_contract_presented file_changed not_a_signer";
const KEY: &str = "not_live strong_authentication_needed too_many_api_keys";
const FACTS: &str = "file_changed items_open documents_not_accepted account_not_deactivated \
                     account_not_suspended";
const UNCONFIRMED: &str = "bank_account_change_not_confirmed";

/// The codes of an operation of the portal's or the console's document.
pub fn of(is_console: bool, operation: &str) -> impl Iterator<Item = &'static str> {
    let table = if is_console { CONSOLE } else { PORTAL };
    let found = table.iter().find(|(name, _)| *name == operation);
    found.into_iter().flat_map(|(_, codes)| codes.iter()).flat_map(|codes| codes.split_whitespace())
}
