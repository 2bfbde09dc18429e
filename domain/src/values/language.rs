//! The languages in which we write to people.

codes! {
    /// French is the reference for legal texts and the default.
    pub enum Language {
        French = "fr", "French", "français";
        English = "en", "English", "anglais";
    }
}

impl Language {
    /// The one of two that is in this language. English comes first, as everywhere where both stand.
    pub fn of<T>(self, english: T, french: T) -> T {
        match self {
            Self::French => french,
            Self::English => english,
        }
    }

    /// `1 day`, `2 days`: a number with its word, which nought takes in the singular in French alone.
    pub fn counted(self, number: usize, one: &str, more: &str) -> String {
        let is_one = match self {
            Self::French => number < 2,
            Self::English => number == 1,
        };
        format!("{number} {}", if is_one { one } else { more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nought_is_singular_in_french_alone() {
        let days = |number| {
            let french = Language::French.counted(number, "jour", "jours");
            (french, Language::English.counted(number, "day", "days"))
        };
        assert_eq!(days(0), ("0 jour".into(), "0 days".into()));
        assert_eq!(days(1), ("1 jour".into(), "1 day".into()));
        assert_eq!(days(2), ("2 jours".into(), "2 days".into()));
    }
}
