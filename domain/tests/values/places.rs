//! Addresses.

use crate::Table;
use domain::values::{Address, Country, Invalid, PostalCode, parse_website};

pub const TABLES: &[&Table] = &[&POSTAL_CODE, &LINE, &WEBSITE];

/// `BE 1000`: the country, then what was entered.
fn postal_code(text: &str) -> Result<String, Invalid> {
    let (country, entered) = text.split_at_checked(2).ok_or(Invalid::Country)?;
    let code = PostalCode::parse(entered, Country::parse(country)?)?;
    Ok(format!("{country} {}", code.as_str()).trim_end().to_owned())
}

const POSTAL_CODE: Table = Table {
    name: "Postal codes",
    about: "Here behind the country. In the form of France, its overseas places, Monaco, the European \
            neighbours and the larger countries; elsewhere none, or up \
            to twelve letters, digits, spaces and hyphens.",
    read: postal_code,
    accepted: &[
        ("FR 75011", "FR 75011", "Paris"),
        ("FR 75 011", "FR 75011", "a space"),
        ("FR 75\u{a0}011", "FR 75011", "a no-break space"),
        ("FR F-75011", "FR 75011", "the sign of France"),
        ("FR CP : 75011", "FR 75011", "a label"),
        ("FR ７５０１１", "FR 75011", "full-width digits"),
        ("FR 01000", "FR 01000", "Bourg-en-Bresse"),
        ("FR 20090", "FR 20090", "Corsica"),
        ("FR 97400", "FR 97400", "Réunion, as a department of France"),
        ("FR 98800", "FR 98800", "New Caledonia"),
        ("RE 97400", "RE 97400", "Réunion, by its own code"),
        ("NC 98800", "NC 98800", "New Caledonia, by its own code"),
        ("MC 98000", "MC 98000", "Monaco"),
        ("MC MC-98000", "MC 98000", "Monaco, with its sign"),
        ("BE 1000", "BE 1000", "Brussels"),
        ("BE B-1000", "BE 1000", "the sign of Belgium"),
        ("LU L-1911", "LU 1911", "the sign of Luxembourg"),
        ("DE D-80331", "DE 80331", "the old sign of Germany"),
        ("CH CH-1201", "CH 1201", "Geneva"),
        ("NL 1012ab", "NL 1012 AB", "lower case, no space"),
        ("GB sw1a1aa", "GB SW1A 1AA", "lower case, no space"),
        ("GB N1 9GU", "GB N1 9GU", "a code that begins like a label"),
        ("PT 1100148", "PT 1100-148", "without its hyphen"),
        ("AD AD500", "AD AD500", "Andorra"),
        ("ES 08001", "ES 08001", "Barcelona"),
        ("HK", "HK", "Hong Kong has none"),
        ("AE", "AE", "nor have the Emirates"),
        ("CI", "CI", "nor has Côte d'Ivoire"),
        ("IE D02 AF30", "IE D02 AF30", "Ireland, where not everybody uses them"),
        ("JP 1000001", "JP 100-0001", "Japan, without its hyphen"),
        ("CA k1a0b1", "CA K1A 0B1", "Canada"),
        ("MA ٢٠٠٠٠", "MA 20000", "Morocco, in Arabic digits"),
        ("LV 1010", "LV LV-1010", "Latvia, without its letters"),
        ("LI FL-9490", "LI 9490", "the sign of Liechtenstein"),
        ("SN", "SN", "Senegal has some that few use"),
    ],
    refused: &[
        ("FR", "invalid_postal_code", "nothing"),
        ("FR 7501", "invalid_postal_code", "a digit too few"),
        ("FR 750111", "invalid_postal_code", "a digit too many"),
        ("FR 00100", "invalid_postal_code", "no department"),
        ("FR 96000", "invalid_postal_code", "no department"),
        ("FR 99000", "invalid_postal_code", "no department"),
        ("FR 98000", "invalid_postal_code", "Monaco's"),
        ("FR 7501A", "invalid_postal_code", "a letter"),
        ("MC 06000", "invalid_postal_code", "not Monaco's"),
        ("RE 75011", "invalid_postal_code", "not Réunion's"),
        ("BE 75011", "invalid_postal_code", "of another country"),
        ("BE 0999", "invalid_postal_code", "none of Belgium"),
        ("DE 00123", "invalid_postal_code", "none of Germany"),
        ("GB 75011", "invalid_postal_code", "of another country"),
        ("NL 0123 AB", "invalid_postal_code", "none of the Netherlands"),
        ("CA <b>", "invalid_postal_code", "no code"),
        ("CI 1234567890123", "invalid_postal_code", "too long"),
        ("JP", "invalid_postal_code", "Japan has codes"),
        ("JP ---", "invalid_postal_code", "no code"),
        ("CI -", "invalid_postal_code", "no code"),
    ],
    advice: &[("invalid_postal_code", "FR 75011"), ("invalid_postal_code", "HK")],
};

const LINE: Table = Table {
    name: "Lines of an address",
    about: "A street or a city: 1 to 120 characters that can be seen for what they are, with a letter among \
            them.",
    read: Address::parse_line,
    accepted: &[
        ("12 rue des Lilas", "12 rue des Lilas", "a street"),
        ("12  bis, rue de l’Église", "12 bis, rue de l’Église", "spaces, a curly apostrophe"),
        ("Bâtiment 3ᵉ étage", "Bâtiment 3ᵉ étage", "a small letter"),
        ("20ᵉᵐᵉ arrondissement", "20ᵉᵐᵉ arrondissement", "raised letters"),
        ("c/o Exemple", "c/o Exemple", "a slash"),
        ("Zweibrückenstraße 12", "Zweibrückenstraße 12", "German"),
        ("ул. Ленина, 5", "ул. Ленина, 5", "Russian"),
        ("東京都千代田区千代田1-1", "東京都千代田区千代田1-1", "Japanese"),
        ("L'Haÿ-les-Roses", "L'Haÿ-les-Roses", "a city"),
        ("’s-Hertogenbosch", "’s-Hertogenbosch", "a city"),
        ("Appt n° 4 – Esc. B", "Appt n° 4 – Esc. B", "a dash"),
    ],
    refused: &[
        ("", "invalid_address", "nothing"),
        ("12", "invalid_address", "a number alone"),
        ("--", "invalid_address", "no letter"),
        ("rue \u{7} des Lilas", "invalid_address", "a control character"),
        ("<script>rue</script>", "text_holds_angle_brackets", "a tag"),
        (
            "rue des \u{202e}saliL",
            "text_holds_hidden_characters",
            "a mark that turns the reading direction",
        ),
        ("rue\u{200b} des Lilas", "text_holds_hidden_characters", "an invisible space"),
        ("rue des L\u{456}las", "text_holds_look_alikes", "a Cyrillic letter"),
        ("𝓻𝓾𝓮 des Lilas", "text_holds_look_alikes", "mathematical letters"),
        ("rue 4111 1111 1111 1111", "text_holds_card_number", "a card number"),
    ],
    advice: &[
        ("invalid_address", "12 rue des Lilas"),
        ("text_holds_angle_brackets", "script rue script"),
        ("text_holds_hidden_characters", "rue des Lilas"),
        ("text_holds_look_alikes", "rue des Lilas"),
        ("text_holds_card_number", "rue 4"),
    ],
};

const WEBSITE: Table = Table {
    name: "Websites",
    about: "The public address of a page, with https, which is meant where no scheme is written; its domain is \
            kept in ASCII (UTS 46). No user, no port, no machine; at most 200 characters.",
    read: parse_website,
    accepted: &[
        ("https://example.com", "https://example.com", "as it is kept"),
        ("https://example.com/", "https://example.com", "a slash that says nothing"),
        ("exemple.fr", "https://exemple.fr", "without a scheme"),
        (
            "www.exemple.fr/boutique",
            "https://www.exemple.fr/boutique",
            "without a scheme, with a path",
        ),
        ("HTTPS://Exemple.FR/A", "https://exemple.fr/A", "capitals"),
        (" https://exemple.fr ", "https://exemple.fr", "spaces around"),
        ("https://bücher.example", "https://xn--bcher-kva.example", "a domain with an accent"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", "the same in ASCII"),
        ("https://ｅｘｅｍｐｌｅ.fr", "https://exemple.fr", "full-width letters"),
        (
            "https://exemple.fr/p?id=1#a",
            "https://exemple.fr/p?id=1#a",
            "a query and a place in the page",
        ),
        (
            "https://www.tiktok.com/@atelier.du.lac",
            "https://www.tiktok.com/@atelier.du.lac",
            "a name in the path",
        ),
        ("https://exemple.fr\u{200b}", "https://exemple.fr", "an invisible space behind it"),
        ("https://exemple.fr/été", "https://exemple.fr/%C3%A9t%C3%A9", "a path with accents"),
    ],
    refused: &[
        ("", "invalid_website", "nothing"),
        ("http://exemple.fr", "invalid_website", "without encryption"),
        ("ftp://exemple.fr", "invalid_website", "another scheme"),
        ("javascript:alert(1)", "invalid_website", "a script"),
        ("exemple", "invalid_website", "a name without a dot"),
        ("https://localhost.localdomain", "invalid_website", "a name of nobody"),
        ("https://127.0.0.1", "invalid_website", "a machine"),
        ("https://[::1]", "invalid_website", "a machine"),
        ("https://exemple.fr:8443", "invalid_website", "a port"),
        ("https://user:secret@exemple.fr", "invalid_website", "a password"),
        ("https://exemple.fr\\@evil.example", "invalid_website", "another name than it seems"),
        ("https://exemple.fr/a b", "invalid_website", "a space"),
        ("https://exemple.fr/\nhttps://evil.example", "invalid_website", "two lines"),
        ("https://exemple..fr", "invalid_website", "an empty part"),
        ("https://-a.fr", "invalid_website", "a hyphen at a wrong place"),
        ("https://exa_mple.fr", "invalid_website", "an underscore"),
        ("https://*.exemple.fr", "invalid_website", "a star"),
        ("https://ex\u{430}mple.fr", "text_holds_look_alikes", "a Cyrillic letter"),
        ("https://exemple.fr/<b>", "text_holds_angle_brackets", "a tag"),
        (
            "https://exemple.fr/\u{202e}rf",
            "text_holds_hidden_characters",
            "a mark that turns the reading direction",
        ),
        ("https://exemple.fr/4111111111111111", "text_holds_card_number", "a card number"),
        ("https://exemple.fr/4111%201111%201111%201111", "text_holds_card_number", "a card number"),
        ("https://intranet.lan", "invalid_website", "a name of somebody's house"),
    ],
    advice: &[
        ("invalid_website", "https://example.com"),
        ("text_holds_look_alikes", "https://exemple.fr"),
        ("text_holds_angle_brackets", "https://exemple.fr/b"),
        ("text_holds_hidden_characters", "https://exemple.fr"),
        ("text_holds_card_number", "https://exemple.fr/4"),
    ],
};
