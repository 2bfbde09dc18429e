//! The closed lists that merchants and staff both read, by their names in the documents of the API.

use super::code::lists;

lists! {
    /// How an account stands.
    AccountStatus = domain::registration::Status;
    /// How a client file stands.
    ClientFileStatus = crate::views::onboarding::FileStatus;
    /// What a restriction stops.
    Restricted = domain::restriction::Restricted;
    /// Why something cannot be done for now, as the merchant is told.
    RestrictionReason = domain::restriction::PublicReason;
    /// What the merchant can do about it.
    Remedy = domain::restriction::Remedy;
    /// The legal form of a company.
    LegalForm = domain::values::LegalForm;
    /// The language in which we write to somebody.
    Language = domain::values::Language;
    /// What kind of document it is.
    DocumentKind = domain::client_file::DocumentKind;
    /// What the bytes of a document are, whatever the name of the file says.
    MediaType = domain::client_file::MediaType;
    /// How a document stands.
    DocumentStatus = domain::client_file::DocumentStatus;
    /// Why a document was refused.
    DocumentRefusal = domain::client_file::DocumentRefusal;
    /// What a person is for the company.
    PersonRole = domain::client_file::PersonRole;
    /// What the client file needs.
    RequirementKind = domain::client_file::RequirementKind;
    /// How something that the client file needs stands.
    RequirementStatus = domain::client_file::RequirementStatus;
    /// Why the law or the contract asks for it.
    LegalBasis = domain::client_file::LegalBasis;
    /// How the review of a file stands.
    ReviewStage = domain::review::Stage;
    /// How a service that was asked for stands.
    ServiceRequestStatus = domain::services::Status;
    /// Which list the code of an activity is from.
    Nomenclature = domain::values::Nomenclature;
    /// Why an additional document is asked for.
    RequestReason = domain::review::RequestReason;
    /// A service that we offer.
    Service = domain::services::Service;
    /// How a service stands.
    ServiceStatus = crate::views::services::ServiceStatus;
    /// In which order a history is told.
    HistoryOrder = crate::history::Order;
    /// What a strong authentication is for.
    Action = domain::strong_authentication::ActionKind;
    /// What is done with a merchant's money.
    PayoutState = crate::views::bank_account::PayoutState;
    /// How the change of a bank account stands.
    BankAccountChangeStage = domain::bank_account::Stage;
    /// Why the change of a bank account was refused.
    BankAccountRefusal = domain::bank_account::RefusalReason;
}
