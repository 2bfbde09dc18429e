//! The shapes of looks: who looked at what lies in sealed sets alone, under the key of the month.

use super::DecodeError;
use super::room;
use super::wire::{Code, Id, Text, Time, Wire, group};
use domain::looks::{Event, Look, Looker, Statement, Thing, ThingKind};
use serde::{Deserialize, Serialize};

group! { Statement1 of Statement { staff: Id, merchant: Id, purpose: Code, reference: Text } }

#[derive(Serialize, Deserialize)]
pub struct Look1 {
    at: Time,
    /// One of the two.
    staff: Option<Id>,
    account: Option<Text>,
    merchant: Option<Id>,
    thing: Code,
    /// Of a document, or of a change of the bank account.
    id: Option<Id>,
    purpose: Code,
    reference: Text,
}

impl Wire<Look> for Look1 {
    fn of(look: &Look) -> Self {
        let (staff, account) = match &look.looker {
            Looker::Staff(staff) => (Some(Id::of(staff)), None),
            Looker::Account(name) => (None, Some(Text::of(name))),
        };
        let id = match look.thing {
            Thing::Document(document) => Some(Id::of(&document)),
            Thing::Rib(change) => Some(Id::of(&change)),
            Thing::Card | Thing::Contract | Thing::Replay => None,
        };
        Self {
            at: Time::of(&look.at),
            staff,
            account,
            merchant: Wire::of(&look.merchant),
            thing: Code::of(&look.thing.kind()),
            id,
            purpose: Code::of(&look.purpose),
            reference: Text::of(&look.reference),
        }
    }

    fn read(self) -> Result<Look, DecodeError> {
        let looker = match (self.staff, self.account) {
            (Some(staff), None) => Looker::Staff(staff.read()?),
            (None, Some(account)) => Looker::Account(account.read()?),
            (Some(_), Some(_)) | (None, None) => return Err(DecodeError::Malformed),
        };
        let id = self.id.ok_or(DecodeError::Malformed);
        let thing = match self.thing.read()? {
            ThingKind::Card => Thing::Card,
            ThingKind::Document => Thing::Document(id?.read()?),
            ThingKind::Contract => Thing::Contract,
            ThingKind::Rib => Thing::Rib(id?.read()?),
            ThingKind::Replay => Thing::Replay,
        };
        Ok(Look {
            at: self.at.read()?,
            looker,
            merchant: self.merchant.read()?,
            thing,
            purpose: self.purpose.read()?,
            reference: self.reference.read()?,
        })
    }
}

room! { Event {
    "looks.month_opened" 1 MonthOpened {}
    "looks.month_forgotten" 1 MonthForgotten {}
    "looks.purpose_stated" 1 PurposeStated {} sealed { statement: Statement1 => owner }
    "looks.looked" 1 Looked {} sealed { look: Look1 => owner }
} }

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, text, time};
    use domain::looks::Purpose;

    pub fn all() -> Vec<Event> {
        let look = |looker, thing, purpose, reference| Event::Looked {
            look: Look {
                at: time(3),
                looker,
                merchant: Some(id(211)),
                thing,
                purpose,
                reference: text(reference),
            }
            .into(),
        };
        vec![
            Event::MonthOpened,
            Event::MonthForgotten,
            Event::PurposeStated {
                statement: Statement {
                    staff: id(212),
                    merchant: id(213),
                    purpose: Purpose::Complaint,
                    reference: text("letter of 3 May"),
                }
                .into(),
            },
            look(Looker::Staff(id(214)), Thing::Document(id(215)), Purpose::Audit, "visit of May"),
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        vec![]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::samples::{id, text, time};
    use domain::looks::Purpose;

    #[test]
    fn every_thing_and_everybody_is_read_back() {
        let things = [
            Thing::Card,
            Thing::Document(id(1)),
            Thing::Contract,
            Thing::Rib(id(2)),
            Thing::Replay,
        ];
        for (thing, looker) in things
            .into_iter()
            .zip([Looker::Staff(id(3)), Looker::Account(text("dba"))].into_iter().cycle())
        {
            let merchant = (thing != Thing::Replay).then(|| id(4));
            let (purpose, reference) = (Purpose::Technical, text("ticket 12"));
            let look = Look { at: time(1), looker, merchant, thing, purpose, reference };
            assert_eq!(Look1::of(&look).read(), Ok(look));
        }
    }
}
