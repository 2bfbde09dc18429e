//! The shapes of the client file's events.

use super::room;
use super::wire::{Code, Day, Id, List, Text, Time, group};
use domain::client_file::{
    CompanyDetails, Event, NewDocument, Ownership, PayoutAccount, PersonDetails,
};
use domain::values::Address;

group! { Address1 of Address { street: String, postal_code: Text, city: String, country: Text } }

group! { CompanyDetails1 of CompanyDetails {
    siret: Text, vat_number: Option<Text>, address: Address1, registered_on: Day,
    website: Option<String>,
} }

group! { PersonDetails1 of PersonDetails {
    first_name: Text, last_name: Text, birth_date: Day, birth_place: String, nationality: Text,
    address: Address1, email: Text, mobile: Text,
} }

group! { Ownership1 of Ownership { person: Id, capital: u32, votes: u32, has_control: bool } }

group! { PayoutAccount1 of PayoutAccount { iban: Text, holder: Text } }

group! { Document1 of NewDocument {
    id: Id, kind: Code, person: Option<Id>, media_type: Code, size: u64, sealed_sha256: [u8; 32],
    issued_on: Option<Day>, expires_on: Option<Day>, answers: Option<Id>,
} }

room! { Event {
    "client_file.company_recorded" 1 CompanyRecorded {}
        sealed { details: CompanyDetails1 => owner }
    "client_file.person_recorded" 1 PersonRecorded { person: Id }
        sealed { details: PersonDetails1 => person }
    "client_file.person_role_set" 1 PersonRoleSet { person: Id, roles: List<Code> }
    "client_file.person_removed" 1 PersonRemoved { person: Id }
    "client_file.ownership_declared" 1 OwnershipDeclared { holdings: List<Ownership1> }
    "client_file.payout_account_recorded" 1 PayoutAccountRecorded { last_four: String }
        sealed { account: PayoutAccount1 => owner }
    "client_file.document_submitted" 1 DocumentSubmitted { document: Document1 }
    "client_file.document_superseded" 1 DocumentSuperseded { document: Id, by: Id }
    "client_file.document_withdrawn" 1 DocumentWithdrawn { document: Id }
    "client_file.submitted" 1 Submitted { answer_expected_by: Time }
    "client_file.withdrawn" 1 Withdrawn {}
} }
