//! A mobile number that can receive one-time codes.

use super::written::compact;
use super::{Country, Invalid, text_value};
use rlibphonenumber::enums::{PhoneNumberType, Region};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};

text_value! {
    /// E.164, for example `+33612345678`.
    Mobile
}

const LABELS: &[&str] = &[
    "tel",
    "telephone",
    "phone",
    "mobile",
    "mob",
    "portable",
    "port",
    "gsm",
    "cell",
    "cellphone",
    "handy",
    "sms",
    "t",
    "m",
    "p",
];
/// As long as fifteen digits with everything around them may become.
const LENGTH_MAX: usize = 120;

/// Where a number without a country code can be from: its first digits say which place of France
/// (decision 2018-0881 of Arcep, annex).
const PLACES: [Region; 7] =
    [Region::FR, Region::RE, Region::YT, Region::GP, Region::MQ, Region::GF, Region::PM];
/// Places whose own numbers begin like others', and are theirs only for who lives there.
const PACIFIC: [(&str, Region); 3] = [("NC", Region::NC), ("PF", Region::PF), ("WF", Region::WF)];

impl Mobile {
    /// A number without a country code is French, of the place that its first digits name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::parse_near(text, None)
    }

    /// The same for somebody who lives in that country: the short numbers of New Caledonia,
    /// Polynesia, and Wallis and Futuna are read as of there.
    pub fn parse_near(text: &str, home: Option<Country>) -> Result<Self, Invalid> {
        let number = plain(text).ok_or(Invalid::Phone)?;
        let home = home.and_then(|home| PACIFIC.iter().find(|(code, _)| *code == home.as_str()));
        let home = home.map(|(_, region)| *region);
        let places = if number.starts_with('+') { vec![None] } else { places(home) };
        let valid = places
            .into_iter()
            .filter_map(|place| PHONE_NUMBER_UTIL.parse(&number, place).ok())
            .filter(PhoneNumber::is_valid);
        let mut problem = Invalid::Phone;
        for number in valid {
            if is_mobile(number.get_type()) {
                return Ok(Self(number.format_as(PhoneNumberFormat::E164).into_owned()));
            }
            problem = Invalid::PhoneNotMobile;
        }
        Err(problem)
    }

    /// The country whose number it is (ISO 3166-1), as far as the number says.
    pub fn country(&self) -> Option<String> {
        let number = PHONE_NUMBER_UTIL.parse(self.as_str(), None).ok()?;
        number.get_region_code().map(|region| region.as_region_str().to_string())
    }

    /// `+33 •••• 78`: enough for its owner to recognise it.
    pub fn masked(&self) -> String {
        let start: String = self.0.chars().take(3).collect();
        let end = self.0.len().saturating_sub(2);
        format!("{start} •••• {}", self.0.get(end..).unwrap_or_default())
    }
}

/// In some countries mobiles look like any other number.
fn is_mobile(kind: PhoneNumberType) -> bool {
    matches!(kind, PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile)
}

fn places(home: Option<Region>) -> Vec<Option<Region>> {
    PLACES.into_iter().chain(home).map(Some).collect()
}

/// The digits, with a plus in front where it says its country: `None` if there is anything else.
fn plain(text: &str) -> Option<String> {
    if text.chars().count() > LENGTH_MAX {
        return None;
    }
    let compact = compact(text, LABELS);
    // "06/12/34/56/78", "(06) 12 34 56 78" and "+33 (0)6 12 34 56 78".
    let number = compact.replace("(0)", "").replace(['/', '(', ')'], "");
    let number = match number.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => number,
    };
    let digits = number.strip_prefix('+').unwrap_or(&number);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(number)
}

/// Whether a text is a number that somebody can be called at, of any kind.
pub(super) fn is_dialled(text: &str) -> bool {
    let places = if text.starts_with('+') { vec![None] } else { places(None) };
    let read = |place| PHONE_NUMBER_UTIL.parse(text, place);
    places.into_iter().any(|place| read(place).is_ok_and(|number| number.is_valid()))
}
