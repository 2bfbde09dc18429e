//! A share of capital or of votes, exact.

use super::Invalid;
use std::fmt;

/// In ten-thousandths of a percent: 25 % is 250,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

const DECIMALS: usize = 4;

impl Share {
    pub const WHOLE: Self = Self(1_000_000);
    /// Above this share somebody is a beneficial owner (R561-1 of the monetary and financial code).
    pub const QUARTER: Self = Self(250_000);

    /// Reads `33.3333` or `33,3333`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().replace(',', ".");
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
        let is_number = |part: &str, length: usize| {
            (1..=length).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 3) || !is_number(fraction, DECIMALS) {
            return Err(Invalid::Share);
        }
        let digits = format!("{whole}{fraction:0<DECIMALS$}");
        digits.parse().ok().map(Self).filter(|share| *share <= Self::WHOLE).ok_or(Invalid::Share)
    }

    pub fn recorded(ten_thousandths_of_percent: u32) -> Self {
        Self(ten_thousandths_of_percent)
    }

    pub fn ten_thousandths_of_percent(self) -> u32 {
        self.0
    }

    /// The sum of shares, which may exceed the whole; saturates far above it.
    pub fn total(shares: impl IntoIterator<Item = Self>) -> Self {
        Self(shares.into_iter().fold(0, |sum, share| sum.saturating_add(share.0)))
    }
}

/// In percent, without trailing zeros.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:04}", self.0 / 10_000, self.0 % 10_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_decimals() {
        assert_eq!(Share::parse("33.3333").unwrap().ten_thousandths_of_percent(), 333_333);
        assert_eq!(Share::parse("25,5").unwrap().to_string(), "25.5");
        assert_eq!(Share::parse("100").unwrap(), Share::WHOLE);
        assert_eq!(Share::WHOLE.to_string(), "100");
        for text in ["", "-1", "100.0001", "33.33333", "1e2", "12.", ".5", "١٢"] {
            assert_eq!(Share::parse(text), Err(Invalid::Share), "{text}");
        }
    }
}
