//! The password policy: long and not guessable, no composition rules. A password is the same however
//! a keyboard composes its accents, so it is judged and hashed as NFKC (NIST SP 800-63B, 3.1.1.2).

use super::Invalid;
use unicode_normalization::UnicodeNormalization;

pub const PASSWORD_LENGTH_MIN: usize = 12;
pub const PASSWORD_LENGTH_MAX: usize = 128;
/// What is judged at a time, in characters.
const PART_LENGTH: usize = 32;

/// A password that satisfies the policy, as NFKC. It exists only on its way to being hashed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// `context` holds words that an attacker would try first: the e-mail address, the company.
    pub fn parse(text: &str, context: &[&str]) -> Result<Self, Invalid> {
        let text = &normal_form(text);
        let length = text.chars().count();
        if length < PASSWORD_LENGTH_MIN {
            return Err(Invalid::PasswordTooShort);
        }
        if length > PASSWORD_LENGTH_MAX {
            return Err(Invalid::PasswordTooLong);
        }
        let words: Vec<&str> = context
            .iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| word.len() > 2)
            .chain(["greffe"])
            .collect();
        if is_guessable(text, &words) || rest_without(text, &words) < PASSWORD_LENGTH_MIN / 2 {
            return Err(Invalid::PasswordTooWeak);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One spelling of a password for all that look alike.
pub fn normal_form(text: &str) -> String {
    text.nfkc().collect()
}

/// What somebody may have meant who enters a password, most likely first: its normal form, and as it
/// was hashed before passwords had one.
pub fn spellings(text: &str) -> Vec<String> {
    let mut spellings = vec![normal_form(text)];
    for other in [text.to_owned(), text.nfc().collect(), text.nfd().collect()] {
        if !spellings.contains(&other) {
            spellings.push(other);
        }
    }
    spellings
}

/// A password is as hard to guess as its hardest part. Looking at all of a long one at once would
/// take up to a second.
fn is_guessable(text: &str, words: &[&str]) -> bool {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(PART_LENGTH).all(|part| {
        let part: String = part.iter().collect();
        // 3 of 4: safely unguessable offline for a slow hash, as zxcvbn's authors put it.
        zxcvbn::zxcvbn(&part, words).score() < zxcvbn::Score::Three
    })
}

/// How many characters are left when the words are taken out.
fn rest_without(text: &str, words: &[&str]) -> usize {
    let rest =
        words.iter().fold(text.to_lowercase(), |rest, word| rest.replace(&word.to_lowercase(), ""));
    rest.chars().count()
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_unrelated_words_are_a_good_password() {
        assert!(Password::parse("cheval pile agrafe correct", &[]).is_ok());
    }

    #[test]
    fn a_password_is_the_same_however_its_accents_are_composed() {
        let composed = Password::parse("forêt pelle écureuil verglas", &[]).unwrap();
        let taken_apart: String = composed.as_str().nfd().collect();
        assert_ne!(taken_apart, composed.as_str());
        assert_eq!(Password::parse(&taken_apart, &[]), Ok(composed));
        assert_eq!(spellings("cheval pile agrafe"), ["cheval pile agrafe"]);
        assert_eq!(spellings("forêt").len(), 2);
        // Twelve characters, however many they are taken apart.
        assert_eq!(Password::parse("éèêëéèêëéèe\u{301}", &[]), Password::parse("éèêëéèêëéèé", &[]));
    }

    #[test]
    fn a_long_password_is_as_good_as_its_best_part() {
        let repeated = "a".repeat(100);
        assert_eq!(Password::parse(&repeated, &[]), Err(Invalid::PasswordTooWeak));
        let ends_well = format!("{}cheval pile agrafe correct", "a".repeat(96));
        assert!(Password::parse(&ends_well, &[]).is_ok());
    }

    #[test]
    fn short_long_and_guessable_passwords_are_refused() {
        assert_eq!(Password::parse("Tr0ub4dor&3", &[]), Err(Invalid::PasswordTooShort));
        assert_eq!(Password::parse(&"xk2 ".repeat(40), &[]), Err(Invalid::PasswordTooLong));
        for text in ["password1234", "111111111111", "azertyuiop123"] {
            assert_eq!(Password::parse(text, &[]), Err(Invalid::PasswordTooWeak), "{text}");
        }
        assert_eq!(
            Password::parse("mariedupont12", &["marie.dupont@example.com"]),
            Err(Invalid::PasswordTooWeak)
        );
    }
}
