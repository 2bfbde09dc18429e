//! Postal codes: in the form of France, of its overseas places and of its neighbours; not at all
//! where there are none; free elsewhere.

use crate::values::written::{compact, is_dash, is_invisible};
use crate::values::{Country, Invalid, text_value};
use std::ops::RangeInclusive;

text_value! {
    /// As the country writes it, upper case. Empty where there are none.
    PostalCode
}

const LABELS: &[&str] = &["cp", "code", "postal", "zip", "plz", "cap", "postcode"];
/// The longest anywhere.
const LENGTH_MAX: usize = 12;

/// Countries and places that have no postal codes, or none that everybody uses (Universal Postal
/// Union, "Postal addressing systems").
const WITHOUT: &str = "AE AG AO AQ AW BF BI BJ BO BQ BS BV BW BZ CD CF CG CI CK CM CW DJ DM ER FJ \
    GA GD GH GM GN GQ GY HK HM IE JM KI KM KN KP LC LY ML MO MR MS MW NR NU PA QA RW SB SC SL SR \
    SS ST SX SY TD TF TG TK TL TO TV UG UM VU YE ZW";

/// One country's codes: `#` is a digit, `@` a letter, and whatever else there is stands for itself.
/// The digits, read as one number, lie in the range.
type Form = (&'static str, &'static [&'static str], RangeInclusive<u32>);

const ANY: RangeInclusive<u32> = 0..=u32::MAX;

const FORMS: &[Form] = &[
    ("AD", &["AD###"], 100..=700),
    ("AT", &["####"], 1000..=9999),
    ("BE", &["####"], 1000..=9999),
    ("BG", &["####"], ANY),
    ("BL", &["97133"], ANY),
    ("CH", &["####"], 1000..=9699),
    ("CY", &["####"], ANY),
    ("CZ", &["### ##"], ANY),
    ("DE", &["#####"], 1001..=99_998),
    ("DK", &["####"], ANY),
    ("EE", &["#####"], ANY),
    ("ES", &["#####"], 1001..=52_999),
    ("FI", &["#####"], ANY),
    ("GB", &["@# #@@", "@## #@@", "@@# #@@", "@@## #@@", "@#@ #@@", "@@#@ #@@"], ANY),
    ("GF", &["973##"], ANY),
    ("GG", &["GY# #@@", "GY## #@@"], ANY),
    ("GP", &["971##"], ANY),
    ("GR", &["### ##"], ANY),
    ("HR", &["#####"], ANY),
    ("HU", &["####"], ANY),
    ("IM", &["IM# #@@", "IM## #@@"], ANY),
    ("IS", &["###"], ANY),
    ("IT", &["#####"], 10..=98_168),
    ("JE", &["JE# #@@", "JE## #@@"], ANY),
    ("LI", &["####"], 9485..=9498),
    ("LT", &["#####"], ANY),
    ("LU", &["####"], 1000..=9999),
    ("LV", &["LV-####"], ANY),
    ("MC", &["980##"], ANY),
    ("MF", &["97150"], ANY),
    ("MQ", &["972##"], ANY),
    ("MT", &["@@@ ####"], ANY),
    ("NC", &["988##"], ANY),
    ("NL", &["#### @@"], 1000..=9999),
    ("NO", &["####"], ANY),
    ("PF", &["987##"], ANY),
    ("PL", &["##-###"], ANY),
    ("PM", &["97500"], ANY),
    ("PT", &["####-###"], 1_000_000..=9_999_999),
    ("RE", &["974##"], ANY),
    ("RO", &["######"], ANY),
    ("SE", &["### ##"], ANY),
    ("SI", &["####"], ANY),
    ("SK", &["### ##"], ANY),
    ("SM", &["4789#"], ANY),
    ("US", &["#####", "#####-####"], ANY),
    ("VA", &["00120"], ANY),
    ("WF", &["986##"], ANY),
    ("YT", &["976##"], ANY),
];

/// What lorries carry and letters carried in front of a code: "F-75011", "L-1911".
const SIGNS: [(&str, &str); 7] =
    [("FR", "F"), ("BE", "B"), ("LU", "L"), ("DE", "D"), ("AT", "A"), ("IT", "I"), ("ES", "E")];

impl PostalCode {
    pub fn parse(text: &str, country: Country) -> Result<Self, Invalid> {
        let country = country.as_str();
        let is_empty = text.chars().all(|c| c.is_whitespace() || is_invisible(c));
        if WITHOUT.split_whitespace().any(|without| without == country) && is_empty {
            return Ok(Self(String::new()));
        }
        let code = if country == "FR" {
            in_form(text, country, "#####", &ANY).filter(|code| is_french(code))
        } else if let Some((_, forms, range)) = FORMS.iter().find(|(code, ..)| *code == country) {
            forms.iter().find_map(|form| in_form(text, country, form, range))
        } else {
            free(text)
        };
        code.map(Self).ok_or(Invalid::PostalCode)
    }
}

/// The text as the form writes it, if it fits.
fn in_form(text: &str, country: &str, form: &str, range: &RangeInclusive<u32>) -> Option<String> {
    let compact = compact(text, LABELS);
    let bare = without_sign(&compact, country, form);
    let mut left = bare.chars();
    let mut code = String::new();
    for place in form.chars() {
        if matches!(place, ' ' | '-') {
            code.push(place);
            continue;
        }
        let c = left.next()?;
        let fits = match place {
            '#' => c.is_ascii_digit(),
            '@' => c.is_ascii_uppercase(),
            other => c == other,
        };
        if !fits {
            return None;
        }
        code.push(c);
    }
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let is_in_range = *range == ANY || digits.parse().is_ok_and(|number| range.contains(&number));
    (left.next().is_none() && is_in_range).then_some(code)
}

fn without_sign<'a>(code: &'a str, country: &str, form: &str) -> &'a str {
    if form.starts_with(|c: char| c != '#' && !c.is_ascii_digit()) {
        return code;
    }
    let sign = SIGNS.iter().find(|(of, _)| *of == country).map_or(country, |(_, sign)| sign);
    let bare = code.strip_prefix(country).or_else(|| code.strip_prefix(sign));
    bare.unwrap_or(code)
}

/// Departments 01 to 95 (20 is Corsica); then overseas, without Monaco, which has a code of its own.
fn is_french(code: &str) -> bool {
    let prefix = |length| code.get(..length).and_then(|prefix: &str| prefix.parse::<u32>().ok());
    match prefix(2) {
        Some(1..=95) => true,
        Some(97 | 98) => matches!(prefix(3), Some(971..=978 | 984 | 986..=988)),
        _ => false,
    }
}

fn free(text: &str) -> Option<String> {
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let dashed: String = visible.map(|c| if is_dash(c) { '-' } else { c }).collect();
    let code = dashed.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
    let is_valid = (1..=LENGTH_MAX).contains(&code.len())
        && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'));
    is_valid.then_some(code)
}
