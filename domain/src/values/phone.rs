//! A mobile number that can receive one-time codes.

use super::written::{Labels, compact};
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
    "mobil",
    "mob",
    "portable",
    "port",
    "gsm",
    "cell",
    "cellphone",
    "handy",
    "handynr",
    "sms",
    "whatsapp",
    "callto",
    "france",
    "t",
    "m",
    "p",
];
/// As long as fifteen digits with everything around them may become.
const LENGTH_MAX: usize = 120;

/// Where a number without a country code can be from: its first digits say which place of France
/// (decision 2018-0881 of Arcep, annex).
const PLACES: [Region; 6] =
    [Region::FR, Region::RE, Region::YT, Region::GP, Region::MQ, Region::GF];
/// Places whose own numbers are short and begin like others': they are read only for who lives there.
const SHORT: [(&str, Region); 4] =
    [("NC", Region::NC), ("PF", Region::PF), ("WF", Region::WF), ("PM", Region::PM)];

impl Mobile {
    /// A number without a country code is French, of the place that its first digits name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::parse_near(text, None)
    }

    /// The same for somebody who lives in that country: the short numbers of New Caledonia,
    /// Polynesia, Wallis and Futuna, and Saint-Pierre and Miquelon are read as of there.
    pub fn parse_near(text: &str, home: Option<Country>) -> Result<Self, Invalid> {
        let home = home.and_then(|home| SHORT.iter().find(|(code, _)| *code == home.as_str()));
        let home = home.map(|(_, region)| *region);
        let valid = readings(text).into_iter().flat_map(|number| {
            let places = places(&number, home).into_iter();
            let parsed = places.filter_map(|place| PHONE_NUMBER_UTIL.parse(&number, place).ok());
            parsed.filter(PhoneNumber::is_valid).collect::<Vec<_>>()
        });
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

/// Where a number may be from. Saint-Pierre and Miquelon's long ones begin like nobody else's.
fn places(number: &str, home: Option<Region>) -> Vec<Option<Region>> {
    if number.starts_with('+') {
        return vec![None];
    }
    if number.starts_with("00") {
        return vec![Some(Region::FR)];
    }
    let long = number.starts_with("0708").then_some(Region::PM);
    home.into_iter().chain(PLACES).chain(long).map(Some).collect()
}

/// The digits, with a plus in front where it says its country; none if there is anything else. A zero in
/// brackets is for whoever calls from inside, but in some countries belongs to the number.
fn readings(text: &str) -> Vec<String> {
    if text.chars().count() > LENGTH_MAX {
        return vec![];
    }
    let number = compact(text, Labels::around_digits(LABELS)).replace('[', "(").replace(']', ")");
    let readings = [number.replace("(0)", ""), number];
    let mut readings: Vec<String> = readings.iter().filter_map(|number| plain(number)).collect();
    readings.dedup();
    readings
}

fn plain(number: &str) -> Option<String> {
    let number = number.replace(['(', ')'], "");
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
    let read = |place| PHONE_NUMBER_UTIL.parse(text, place);
    places(text, None).into_iter().any(|place| read(place).is_ok_and(|number| number.is_valid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_of_where_somebody_lives() {
        let near = |text: &str, home: &str| {
            let home = Country::parse(home).unwrap();
            Mobile::parse_near(text, Some(home)).map(|mobile| mobile.as_str().to_owned())
        };
        let e164 = |text: &str| Ok(text.to_owned());
        assert_eq!(near("75 12 34", "NC"), e164("+687751234"));
        assert_eq!(near("687 75 12 34", "NC"), e164("+687751234"));
        assert_eq!(near("26 12 34", "NC"), Err(Invalid::PhoneNotMobile));
        assert_eq!(near("87 12 34 56", "PF"), e164("+68987123456"));
        assert_eq!(near("82 12 34", "WF"), e164("+681821234"));
        assert_eq!(near("55 12 34", "PM"), e164("+508551234"));
        assert_eq!(near("0692 12 34 56", "NC"), e164("+262692123456"));
        assert_eq!(near("06 12 34 56 78", "PF"), e164("+33612345678"));
        assert_eq!(near("0708 40 12 34", "FR"), e164("+508708401234"));
        for elsewhere in ["FR", "BE", "RE"] {
            assert_eq!(near("75 12 34", elsewhere), Err(Invalid::Phone), "{elsewhere}");
        }
    }

    #[test]
    fn a_number_says_its_country_and_hides_its_middle() {
        let mobile = Mobile::parse("0692 12 34 56").unwrap();
        assert_eq!(
            (mobile.country().as_deref(), mobile.masked().as_str()),
            (Some("RE"), "+26 •••• 56")
        );
    }
}
