//! Who somebody is: members of staff by their names, as far as this reader may know them.

use crate::exit::Failure;
use crate::source::Source;
use domain::{Actor, Event, Id, StaffId, staff};
use std::collections::HashMap;
use store::Recorded;
use store::aggregate::{STAFF, Staff};
use store::{Aggregate, StreamId};

/// Names that were looked up.
#[derive(Default)]
pub struct Names(HashMap<StaffId, Option<String>>);

impl Names {
    /// The name of a member of staff; `None` where it is sealed, forgotten or unknown.
    pub async fn staff(&mut self, source: &Source, id: StaffId) -> Result<Option<String>, Failure> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let name = match source.keyring {
            Some(_) => {
                let history = source.reader().history(Staff::stream(id)).await?;
                history.iter().rev().find_map(name_in)
            }
            None => None,
        };
        self.0.insert(id, name.clone());
        Ok(name)
    }

    /// Who acted.
    pub async fn actor(&mut self, source: &Source, actor: Actor) -> Result<String, Failure> {
        Ok(match actor {
            Actor::Staff(id) => self.staff(source, id).await?.unwrap_or_else(|| id.to_string()),
            Actor::User(id) => id.to_string(),
            Actor::Signer(id) => id.to_string(),
            Actor::ApiKey(id) => id.to_string(),
            Actor::Visitor | Actor::System | Actor::Provider | Actor::Undisclosed => {
                domain::Coded::code(actor.kind()).to_owned()
            }
        })
    }

    /// The same text, with the names of staff in the place of their ids.
    pub async fn in_text(&mut self, source: &Source, text: String) -> Result<String, Failure> {
        let mut named = text;
        let ids: Vec<StaffId> = ids_in(&named);
        for id in ids {
            if let Some(name) = self.staff(source, id).await? {
                named = named.replace(&id.to_string(), &name);
            }
        }
        Ok(named)
    }
}

fn ids_in(text: &str) -> Vec<StaffId> {
    let beginning = format!("{}_", StaffId::PREFIX);
    let length = beginning.len() + 32;
    let places = text.match_indices(&beginning);
    places.filter_map(|(place, _)| StaffId::parse(text.get(place..place + length)?)).collect()
}

fn name_in(recorded: &Recorded) -> Option<String> {
    let Event::Staff(staff::Event::Invited { profile, .. }) = &recorded.event else { return None };
    let profile = profile.known()?;
    Some(format!("{} {}", profile.first_name.as_str(), profile.last_name.as_str()))
}

/// A stream as people call it: by the id of what it is about.
pub fn of_stream(stream: &StreamId) -> String {
    let prefix = match stream.category() {
        store::aggregate::MERCHANT => domain::MerchantId::PREFIX,
        store::aggregate::USER => domain::UserId::PREFIX,
        STAFF => StaffId::PREFIX,
        _ => return stream.to_string(),
    };
    format!("{prefix}_{}", stream.key().replace('-', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_staff_are_found_in_a_text() {
        let id = StaffId::from_u128(7);
        assert_eq!(ids_in(&format!("Confirmed by {id}, stf_short and usr_{:032x}", 1)), [id]);
    }
}
