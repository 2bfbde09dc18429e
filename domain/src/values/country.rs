//! A country, by its ISO 3166-1 code of two letters, and a nationality.

use super::written::{Labels, compact};
use super::{Invalid, text_value};
use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL \
    BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE \
    DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ \
    GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM \
    KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ \
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN \
    PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY \
    SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF \
    WS YE YT ZA ZM ZW";

/// Kosovo has no code of ISO yet; banks, the Union and telephones use this one.
const KOSOVO: &str = "XK";
/// France, and the places whose people are French though they have codes of their own.
const FRENCH: &str = "FR BL GF GP MF MQ NC PF PM RE TF WF YT";

text_value! {
    /// The code of a country, or `XXA` for a person whom no state calls its own.
    Nationality
}

/// Codes that passports carry where others name a country (ICAO Doc 9303, part 3, section 5): a
/// stateless person, and a refugee with a travel document of the 1951 convention or another.
const WITHOUT_COUNTRY: [&str; 3] = ["XXA", "XXB", "XXC"];

impl Nationality {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let code = compact(text, Labels::NONE);
        if WITHOUT_COUNTRY.contains(&code.as_str()) {
            return Ok(Self(code));
        }
        Country::parse(text).map(|country| Self(country.as_str().to_owned()))
    }

    pub fn is_french(&self) -> bool {
        FRENCH.split_whitespace().any(|code| code == self.0)
    }
}

impl Country {
    pub const FRANCE: Self = Self(*b"FR");

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let code = compact(text, Labels::NONE);
        let is_known = code == KOSOVO || CODES.split_whitespace().any(|known| known == code);
        is_known.then(|| Self::recorded(&code)).ok_or(Invalid::Country)
    }

    pub fn recorded(code: &str) -> Self {
        code.as_bytes().first_chunk().map_or(Self(*b"ZZ"), |code| Self(*code))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_iso_are_all_there() {
        assert_eq!(CODES.split_whitespace().count(), 249);
    }
}
