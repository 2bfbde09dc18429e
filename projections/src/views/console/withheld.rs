//! What cannot be shown of a merchant, and why: sealed for this reader, forgotten, or lost with its key. What the
//! rules make of such data is not known either: a file whose people nobody can read is neither complete nor not.

use domain::Personal;
use domain::merchant::State;
use domain::personal::Seal;
use domain::review::Stage;

domain::codes! {
    /// Why something is not shown.
    pub enum Why {
        Sealed = "sealed", "sealed: this reader was not given the key", "scellé : ce lecteur n'a pas la clé";
        Forgotten = "forgotten", "forgotten: its key was destroyed", "oublié : sa clé a été détruite";
        KeyLost = "key_lost", "lost: its key is missing, and nobody destroyed it", "perdu : sa clé manque, et personne ne l'a détruite";
        Unknown = "unknown", "unknown: it depends on what cannot be read", "inconnu : cela dépend de ce qui ne peut être lu";
    }
}

/// A field of the card that is not shown as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// Where it stands in the card (RFC 6901).
    pub pointer: String,
    pub why: Why,
    /// Tells sealed values apart.
    pub seal: Option<Seal>,
}

/// Every field that is not shown as it is, and why.
pub fn withheld(state: &State) -> Vec<Withheld> {
    let mut found = Found::default();
    if let Some(basics) = &state.account.basics {
        found.look(&basics.identity, "/company", &["legal_name", "siren"]);
    }
    found.file(state);
    found.bank_account(state);
    found.what_follows(state);
    found.0
}

#[derive(Default)]
struct Found(Vec<Withheld>);

impl Found {
    /// Whether the value is there; where it is not, these fields below `place` are withheld.
    fn look<T>(&mut self, value: &Personal<T>, place: &str, fields: &[&str]) -> bool {
        let (why, seal) = match value {
            Personal::Known(_) => return true,
            Personal::Sealed(seal) => (Why::Sealed, Some(*seal)),
            Personal::Forgotten => (Why::Forgotten, None),
            Personal::Lost => (Why::KeyLost, None),
        };
        let pointer = |field: &&str| format!("{place}/{field}");
        self.0.extend(fields.iter().map(|field| Withheld { pointer: pointer(field), why, seal }));
        false
    }

    fn unknown(&mut self, pointer: String) {
        self.0.push(Withheld { pointer, why: Why::Unknown, seal: None });
    }

    fn file(&mut self, state: &State) {
        let file = &state.file;
        if let Some(company) = &file.company {
            let fields = ["siret", "vat_number", "address", "registered_on", "website"];
            self.look(company, "/company", &fields);
        }
        for (id, person) in &file.people {
            let place = format!("/client_file/people/{id}");
            let fields = ["name", "birth_date", "nationality", "email", "mobile"];
            self.look(&person.details, &place, &fields);
        }
        if let Some(ownership) = &file.ownership {
            self.look(ownership, "/client_file", &["ownership"]);
        }
        if let Some(account) = &file.payout_account {
            self.look(account, "/client_file", &["payout_account"]);
        }
        for (id, document) in &file.documents {
            let place = format!("/client_file/documents/{id}");
            let person = document.submitted.person.and_then(|person| file.people.get(&person));
            let is_known = self.look(&document.dates, &place, &["issued_on", "expires_on"]);
            if !is_known || person.is_some_and(|person| person.details.known().is_none()) {
                self.unknown(format!("{place}/valid_until"));
                self.unknown(format!("{place}/is_prolonged_card"));
            }
        }
    }

    fn bank_account(&mut self, state: &State) {
        for (number, account) in state.bank_account.accounts.iter().enumerate() {
            let place = format!("/bank_account/accounts/{number}");
            self.look(&account.details, &place, &["iban", "holder"]);
        }
        if let Some(change) = &state.bank_account.change {
            let place = "/bank_account/change";
            self.look(&change.account, place, &["iban", "holder"]);
            self.look(&change.reading, place, &["read_iban", "read_holder"]);
        }
    }

    /// What the rules make of the file.
    fn what_follows(&mut self, state: &State) {
        let is_of_the_file = |withheld: &Withheld| {
            matches!(withheld.why, Why::Sealed | Why::KeyLost)
                && !withheld.pointer.starts_with("/bank_account")
        };
        if !self.0.iter().any(is_of_the_file) {
            return;
        }
        // Even which there are depends on who holds how much.
        self.unknown("/client_file/requirements".to_owned());
        let is_open = state.review.stage == Stage::NotSubmitted && !state.file.is_withdrawn;
        if is_open && state.file.version > 0 {
            self.unknown("/client_file/status".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::console::card::Card;
    use chrono::DateTime;
    use domain::client_file::{Event, PersonDetails};
    use domain::{MerchantId, PersonId, merchant};
    use serde_json::Value;

    fn with_person(details: Personal<PersonDetails>) -> State {
        let person = PersonId::from_u128(1);
        let event = Event::PersonRecorded { person, details };
        merchant::evolve(State::default(), &event.into())
    }

    #[test]
    fn sealed_forgotten_and_lost_are_three_things_and_each_is_a_field_of_the_card() {
        let at = DateTime::UNIX_EPOCH;
        for (details, why, is_unknown) in [
            (Personal::Sealed(Seal(7)), Why::Sealed, true),
            (Personal::Lost, Why::KeyLost, true),
            (Personal::Forgotten, Why::Forgotten, false),
        ] {
            let state = with_person(details);
            let found = withheld(&state);
            let card =
                serde_json::to_value(Card::of(MerchantId::from_u128(2), &state, at)).unwrap();
            let names = found.iter().filter(|field| field.pointer.ends_with("/name"));
            assert_eq!(names.map(|field| field.why).collect::<Vec<_>>(), [why]);
            for field in &found {
                assert!(card.pointer(&field.pointer).is_some(), "{}", field.pointer);
                if field.why != Why::Unknown {
                    assert_eq!(card.pointer(&field.pointer), Some(&Value::Null));
                }
            }
            let unknown = |field: &Withheld| field.pointer == "/client_file/status";
            assert_eq!(found.iter().any(unknown), is_unknown && state.file.version > 0);
            let requirement = |field: &Withheld| field.pointer == "/client_file/requirements";
            assert_eq!(found.iter().any(requirement), is_unknown);
        }
    }
}
