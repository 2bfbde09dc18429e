//! `replay bisect`: the first event after which a condition holds.

use super::blame::pointer;
use crate::card::readable_text;
use crate::exit::{DIFFERS, Failure};
use crate::ids;
use crate::life::steps;
use crate::output::{self, Output};
use crate::source::Source;
use crate::told::Teller;
use clap::Args;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Show the first event after which a condition holds; exit 1 if it never did
///
/// A condition is a field, as `restriction` (it is there) or `!restriction` (it is not), or a comparison, as
/// `status = live`, `client_file.version >= 3` or `review.stage != in_review`; several are joined by `and`. Every
/// command is looked at in its order, so that what held for a while is found, too. What held within a command
/// alone nobody ever saw.
#[derive(Args)]
pub struct BisectArgs {
    /// mer_…, a unique beginning of it, or with --reveal an e-mail or a SIREN
    pub merchant: String,
    /// As 'status = live and client_file.version >= 3'
    condition: String,
}

pub async fn run(source: &Source, output: &Output, args: BisectArgs) -> Result<ExitCode, Failure> {
    let condition = Condition::parse(&args.condition)?;
    let id = ids::merchant(source, &args.merchant).await?;
    let events = source.merchant(id).await?;
    let (mut is_known, mut is_sealed, mut since) = (false, false, None);
    for step in steps(id, &events) {
        let step = step?;
        is_known |= condition.names_a_field_of(&step.after);
        is_sealed |= condition.asks_for_what_is_sealed(&step.after);
        since = condition.holds(&step.after).then(|| since.unwrap_or(step.event));
        let Some(last) = since.filter(|_| step.ends_command) else { continue };
        let (records, _) = source.records(&last.stream).await?;
        let stored = records.get(last.revision.0 as usize).ok_or_else(|| {
            Failure::Unavailable("the ledger has changed meanwhile; try again".to_owned())
        })?;
        let entry = Teller::new(source, output).entry(stored, last, None).await?;
        output.rows(&["position", "when", "rev", "type", "what happened"], &[entry], |entry| {
            vec![
                format!("@{}", entry.position),
                source.clock.local(entry.at),
                format!("v{}", entry.revision),
                entry.event_type.clone(),
                entry.text.clone(),
            ]
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let why = match (is_sealed, is_known) {
        (true, _) => " as far as can be known: it depends on what is sealed",
        (false, false) => ": it never had such a field",
        (false, true) => "",
    };
    output::tell(format_args!("`{}` never held for {id}{why}", args.condition));
    Ok(ExitCode::from(DIFFERS))
}

/// Terms that must all hold.
struct Condition(Vec<Term>);

struct Term {
    field: String,
    test: Test,
}

enum Test {
    Is(bool),
    Compare(Comparison, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// The longer ones first: each begins with a shorter one.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("!=", Comparison::Different),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::More),
];

impl Condition {
    fn parse(text: &str) -> Result<Self, Failure> {
        text.split(" and ").map(Term::parse).collect::<Result<_, _>>().map(Self)
    }

    fn holds(&self, card: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|term| term.holds(card))
    }

    fn asks_for_what_is_sealed(&self, card: &BTreeMap<String, String>) -> bool {
        self.0.iter().any(|term| term.is_withheld(card))
    }

    fn names_a_field_of(&self, card: &BTreeMap<String, String>) -> bool {
        self.0.iter().any(|term| term.is_in(card))
    }
}

impl Term {
    fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let wrong = || {
            Failure::Usage(format!(
                "`{text}` is no condition: a field, !field, or field = value (also != < <= > >=)"
            ))
        };
        let found = COMPARISONS.iter().filter_map(|(sign, comparison)| {
            text.find(sign).map(|place| (place, sign.len(), *comparison))
        });
        // Of those that begin at the same place the longest.
        let first = found.min_by_key(|(place, length, _)| (*place, usize::MAX - length));
        let (field, test) = match first.filter(|(place, ..)| *place > 0) {
            Some((place, length, comparison)) => {
                let (field, value) = text.split_at(place);
                let value = value.get(length..).unwrap_or_default().trim();
                (field.trim(), Test::Compare(comparison, value.to_owned()))
            }
            None => match text.strip_prefix('!') {
                Some(field) => (field.trim(), Test::Is(false)),
                None => (text, Test::Is(true)),
            },
        };
        let is_field = |c: char| c.is_alphanumeric() || "._/~-".contains(c);
        if field.is_empty() || !field.chars().all(is_field) {
            return Err(wrong());
        }
        Ok(Self { field: pointer(field), test })
    }

    fn is_in(&self, card: &BTreeMap<String, String>) -> bool {
        let below = format!("{}/", self.field);
        card.keys().any(|field| *field == self.field || field.starts_with(&below))
    }

    fn is_withheld(&self, card: &BTreeMap<String, String>) -> bool {
        card.get(&self.field).is_some_and(|text| text.starts_with('['))
    }

    fn holds(&self, card: &BTreeMap<String, String>) -> bool {
        match &self.test {
            Test::Is(there) => self.is_in(card) == *there,
            Test::Compare(comparison, value) => {
                let is = card.get(&self.field).map(|text| readable_text(text));
                // What nobody can read is neither the one nor the other.
                !self.is_withheld(card) && comparison.holds(is, value)
            }
        }
    }
}

impl Comparison {
    fn holds(self, is: Option<&str>, value: &str) -> bool {
        let Some(is) = is else { return self == Self::Different };
        let order = match (is.parse::<f64>(), value.parse::<f64>()) {
            (Ok(is), Ok(value)) => is.partial_cmp(&value),
            _ => Some(is.cmp(value)),
        };
        let Some(order) = order else { return false };
        match self {
            Self::Equal => order.is_eq(),
            Self::Different => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str) -> bool {
        let card = [
            ("/status", "live"),
            ("/client_file/version", "12"),
            ("/company/siren", "[sealed]"),
            ("/review/items/itm_1/kinds/0", "rib"),
        ];
        let card = card.map(|(field, value)| (field.to_owned(), value.to_owned())).into();
        Condition::parse(condition).unwrap().holds(&card)
    }

    #[test]
    fn conditions_are_read_and_judged() {
        for condition in [
            "status = live",
            "status=live",
            "status != suspended",
            "client_file.version >= 9",
            "/client_file/version < 100",
            "review.items",
            "!restriction",
            "restriction != x",
            "status = live and client_file.version > 11",
        ] {
            assert!(holds(condition), "{condition}");
        }
        for condition in [
            "status = test",
            "client_file.version <= 9",
            "restriction",
            "!status",
            // Nobody can say.
            "company.siren = 732829320",
            "company.siren != 732829320",
            "status = live and restriction",
        ] {
            assert!(!holds(condition), "{condition}");
        }
        for wrong in ["", "= live", "a b c", "!"] {
            assert!(matches!(Condition::parse(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }
}
