//! Postal codes: in the form of France, of its overseas places and of its neighbours; not at all
//! where there are none; free elsewhere.

use crate::values::written::{Labels, compact, is_dash, is_invisible, plain};
use crate::values::{Country, Invalid, text_value};
use std::ops::RangeInclusive;

text_value! {
    /// As the country writes it, upper case. Empty where there are none.
    PostalCode
}

const LABELS: &[&str] = &["cp", "code", "postal", "zip", "plz", "cap", "postcode"];
/// The longest anywhere.
const LENGTH_MAX: usize = 12;

/// One country's codes (Universal Postal Union, "Postal addressing systems"): `#` is a digit, `@` a
/// letter, and whatever else there is stands for itself. The digits, read as one number, lie
/// in the range. Countries that are not here have no codes, or some that not everybody uses.
type Form = (&'static str, &'static [&'static str], RangeInclusive<u32>);

const ANY: RangeInclusive<u32> = 0..=u32::MAX;

const FORMS: &[Form] = &[
    ("AD", &["AD###"], 100..=700),
    ("AL", &["####"], ANY),
    ("AM", &["####"], ANY),
    ("AR", &["####", "@####@@@"], ANY),
    ("AT", &["####"], 1000..=9999),
    ("AU", &["####"], ANY),
    ("AX", &["#####"], ANY),
    ("BA", &["#####"], ANY),
    ("BE", &["####"], 1000..=9999),
    ("BG", &["####"], ANY),
    ("BL", &["97133"], ANY),
    ("BR", &["#####-###"], ANY),
    ("BY", &["######"], ANY),
    ("CA", &["@#@ #@#"], ANY),
    ("CH", &["####"], 1000..=9699),
    ("CN", &["######"], ANY),
    ("CY", &["####"], ANY),
    ("CZ", &["### ##"], ANY),
    ("DE", &["#####"], 1001..=99_998),
    ("DK", &["####"], ANY),
    ("DZ", &["#####"], ANY),
    ("EE", &["#####"], ANY),
    ("EG", &["#####"], ANY),
    ("ES", &["#####"], 1001..=52_999),
    ("FI", &["#####"], ANY),
    ("FO", &["###"], ANY),
    ("GB", &["@# #@@", "@## #@@", "@@# #@@", "@@## #@@", "@#@ #@@", "@@#@ #@@", "GIR 0AA"], ANY),
    ("GE", &["####"], ANY),
    ("GF", &["973##"], ANY),
    ("GG", &["GY# #@@", "GY## #@@"], ANY),
    ("GL", &["####"], ANY),
    ("GP", &["971##"], ANY),
    ("GR", &["### ##"], ANY),
    ("HR", &["#####"], ANY),
    ("HU", &["####"], ANY),
    ("ID", &["#####"], ANY),
    ("IL", &["#######", "#####"], ANY),
    ("IM", &["IM# #@@", "IM## #@@"], ANY),
    ("IN", &["######"], ANY),
    ("IS", &["###"], ANY),
    ("IT", &["#####"], 10..=98_168),
    ("JE", &["JE# #@@", "JE## #@@"], ANY),
    ("JP", &["###-####"], ANY),
    ("KR", &["#####"], ANY),
    ("KZ", &["######"], ANY),
    ("LI", &["####"], 9485..=9498),
    ("LK", &["#####"], ANY),
    ("LT", &["#####"], ANY),
    ("LU", &["####"], 1000..=9999),
    ("LV", &["LV-####"], ANY),
    ("MA", &["#####"], ANY),
    ("MC", &["980##"], ANY),
    ("MD", &["MD-####"], ANY),
    ("ME", &["#####"], ANY),
    ("MF", &["97150"], ANY),
    ("MK", &["####"], ANY),
    ("MQ", &["972##"], ANY),
    ("MT", &["@@@ ####"], ANY),
    ("MX", &["#####"], ANY),
    ("MY", &["#####"], ANY),
    ("NC", &["988##"], ANY),
    ("NL", &["#### @@"], 1000..=9999),
    ("NO", &["####"], ANY),
    ("NZ", &["####"], ANY),
    ("PF", &["987##"], ANY),
    ("PH", &["####"], ANY),
    ("PK", &["#####"], ANY),
    ("PL", &["##-###"], ANY),
    ("PM", &["97500"], ANY),
    ("PT", &["####-###"], 1_000_000..=9_999_999),
    ("RE", &["974##"], ANY),
    ("RO", &["######"], ANY),
    ("RS", &["#####"], ANY),
    ("RU", &["######"], ANY),
    ("SE", &["### ##"], ANY),
    ("SG", &["######"], ANY),
    ("SI", &["####"], ANY),
    ("SK", &["### ##"], ANY),
    ("SM", &["4789#"], ANY),
    ("TH", &["#####"], ANY),
    ("TN", &["####"], ANY),
    ("TR", &["#####"], ANY),
    ("TW", &["###", "#####", "######"], ANY),
    ("UA", &["#####"], ANY),
    ("US", &["#####", "#####-####"], ANY),
    ("VA", &["00120"], ANY),
    ("WF", &["986##"], ANY),
    ("XK", &["#####"], ANY),
    ("YT", &["976##"], ANY),
    ("ZA", &["####"], ANY),
];

/// What lorries carry and letters carried in front of a code: "F-75011", "L-1911".
const SIGNS: [(&str, &str); 11] = [
    ("AT", "A"),
    ("BE", "B"),
    ("DE", "D"),
    ("ES", "E"),
    ("FR", "F"),
    ("HU", "H"),
    ("IT", "I"),
    ("LI", "FL"),
    ("LU", "L"),
    ("PT", "P"),
    ("SE", "S"),
];

impl PostalCode {
    pub fn parse(text: &str, country: Country) -> Result<Self, Invalid> {
        let country = country.as_str();
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

/// The text as the form writes it, if it fits: with or without the sign of its country, and with or
/// without the letters that stand in all of its codes.
fn in_form(text: &str, country: &str, form: &str, range: &RangeInclusive<u32>) -> Option<String> {
    let compact = compact(text, Labels::before_letters(LABELS));
    let signs = SIGNS.iter().filter(|(of, _)| *of == country).map(|(_, sign)| *sign);
    let bare = signs.chain([country, "CP"]).filter_map(|sign| compact.strip_prefix(sign));
    let own: String = form.chars().take_while(char::is_ascii_uppercase).collect();
    let with_own = format!("{own}{compact}");
    let spellings = [compact.as_str(), with_own.as_str()];
    let mut spellings = spellings.into_iter().chain(bare);
    spellings.find_map(|code| fitted(code, form, range))
}

fn fitted(code: &str, form: &str, range: &RangeInclusive<u32>) -> Option<String> {
    let mut left = code.chars();
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

/// Departments 01 to 95 (20 is Corsica); then overseas, without Monaco, which has a code of its own.
fn is_french(code: &str) -> bool {
    let prefix = |length| code.get(..length).and_then(|prefix: &str| prefix.parse::<u32>().ok());
    match prefix(2) {
        Some(1..=95) => true,
        Some(97 | 98) => matches!(prefix(3), Some(971..=976 | 984 | 986..=988)),
        _ => false,
    }
}

/// Up to twelve letters and digits with spaces and hyphens, or nothing.
fn free(text: &str) -> Option<String> {
    if text.len() > LENGTH_MAX * 8 {
        return None;
    }
    let visible: String = plain(text).chars().filter(|c| !is_invisible(*c)).collect();
    let dashed: String = visible.chars().map(|c| if is_dash(c) { '-' } else { c }).collect();
    let code = dashed.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
    let is_valid = code.len() <= LENGTH_MAX
        && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'))
        && code.chars().filter(char::is_ascii_alphanumeric).count() != 1
        && (code.is_empty() || code.chars().any(|c| c.is_ascii_alphanumeric()));
    is_valid.then_some(code)
}
