//! Names of companies, and what people write in their own words.

use crate::Table;
use domain::values::{FreeText, LegalName};

pub const TABLES: &[&Table] = &[&LEGAL_NAME, &FREE_TEXT, &CARD_NUMBER];

const LEGAL_NAME: Table = Table {
    name: "Names of companies, holders and places",
    about: "NFC, 1 to 120 characters that can be seen for what they are (UTS 39), without card numbers.",
    read: |text| LegalName::parse(text).map(|name| name.as_str().to_owned()),
    accepted: &[
        ("Atelier du Lac", "Atelier du Lac", "plain"),
        ("L'Atelier 3.0 & Fils", "L'Atelier 3.0 & Fils", "signs and digits"),
        (" Atelier\u{a0}\u{a0}du Lac ", "Atelier du Lac", "spaces"),
        ("Café de l\u{2019}E\u{301}glise", "Café de l’Église", "an accent of its own"),
        ("Société n° 1 – «Été»", "Société n° 1 – «Été»", "quotes and dashes"),
        ("株式会社ABC", "株式会社ABC", "Latin letters beside Japanese ones"),
        ("ООО Ромашка", "ООО Ромашка", "Russian"),
        ("3M", "3M", "a digit and a letter"),
        ("Øre+ (Paris)", "Øre+ (Paris)", "brackets"),
        ("Nord/Sud", "Nord/Sud", "a slash"),
    ],
    refused: &[
        ("", "invalid_legal_name", "nothing"),
        (" * ", "invalid_legal_name", "a sign alone"),
        ("a\u{7}b", "invalid_legal_name", "a control character"),
        (
            "Atelier \u{202e}caL ud",
            "text_holds_hidden_characters",
            "a mark that turns the reading direction",
        ),
        ("Atelier\u{2066} du Lac", "text_holds_hidden_characters", "an isolate"),
        ("\u{feff}Atelier", "text_holds_hidden_characters", "a byte order mark"),
        ("Atelier\u{2800}du Lac", "text_holds_hidden_characters", "a blank of Braille"),
        ("P\u{430}ypal", "text_holds_look_alikes", "a Cyrillic letter"),
        ("𝔸telier", "text_holds_look_alikes", "a mathematical letter"),
        ("Αmazon", "text_holds_look_alikes", "a Greek letter"),
        ("Atelier <Lac>", "text_holds_angle_brackets", "angle brackets"),
        ("4111 1111 1111 1111", "text_holds_card_number", "a card number"),
    ],
    advice: &[
        ("invalid_legal_name", "Atelier du Lac"),
        ("text_holds_hidden_characters", "Atelier du Lac"),
        ("text_holds_look_alikes", "Paypal"),
        ("text_holds_angle_brackets", "Atelier Lac"),
        ("text_holds_card_number", "Atelier"),
    ],
};

const FREE_TEXT: Table = Table {
    name: "Words of merchants and officers",
    about: "NFC, 1 to 4,000 characters in lines, without card numbers and without what cannot be seen. \
            Emoji are welcome.",
    read: |text| FreeText::parse(text).map(|text| text.as_str().to_owned()),
    accepted: &[
        ("Bonjour,\nle Kbis est illisible.", "Bonjour,\nle Kbis est illisible.", "lines"),
        ("  Vu.  ", "Vu.", "spaces around"),
        ("Vu le 25/11/2026 à 10h15 👍", "Vu le 25/11/2026 à 10h15 👍", "an emoji"),
        (
            "Famille 👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}",
            "Famille 👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}",
            "emoji that are joined",
        ),
        ("Superficie : 120 m², 2ᵉ étage", "Superficie : 120 m², 2ᵉ étage", "small digits"),
        (
            "IBAN FR76 3000 6000 0112 3456 7890 189",
            "IBAN FR76 3000 6000 0112 3456 7890 189",
            "an IBAN",
        ),
        (
            "Voir M. Иванов (passeport russe)",
            "Voir M. Иванов (passeport russe)",
            "two alphabets in two words",
        ),
        ("CA prévu : 10 k€ à 20 k€", "CA prévu : 10 k€ à 20 k€", "amounts"),
    ],
    refused: &[
        ("", "invalid_text", "nothing"),
        ("  \n ", "invalid_text", "spaces"),
        ("a\u{0}b", "invalid_text", "a control character"),
        ("a\u{1b}[31m", "invalid_text", "a sequence for terminals"),
        ("payé avec 4111 1111 1111 1111", "text_holds_card_number", "a card number"),
        (
            "approuver \u{202e}resuferr",
            "text_holds_hidden_characters",
            "a mark that turns the reading direction",
        ),
        ("a\u{200d}b", "text_holds_hidden_characters", "a joiner between letters that do not join"),
        ("<img src=x>", "text_holds_angle_brackets", "a tag"),
        ("Vu le p\u{430}sseport", "text_holds_look_alikes", "a Cyrillic letter"),
    ],
    advice: &[
        ("invalid_text", "Vu."),
        ("text_holds_card_number", "payé par carte"),
        ("text_holds_hidden_characters", "approuver"),
        ("text_holds_angle_brackets", "img src=x"),
        ("text_holds_look_alikes", "Vu le passeport"),
    ],
};

const CARD_NUMBER: Table = Table {
    name: "Card numbers in texts",
    about: "None is ever kept (PCI DSS 3.2.1). A number is one that begins like a scheme's, is as long and \
            passes Luhn, in digits of any script and with anything but letters between them. A valid IBAN, a \
            telephone number, a SIRET and a part of a longer number are none. Numbers here are the schemes' \
            test numbers.",
    read: |text| FreeText::parse(text).map(|text| text.as_str().to_owned()),
    accepted: &[
        ("SIRET 732 829 320 00074", "SIRET 732 829 320 00074", "a SIRET"),
        ("IBAN FR7630006000011234567890189", "IBAN FR7630006000011234567890189", "an IBAN"),
        (
            "ES9121000418450200051332 puis DE89370400440532013000",
            "ES9121000418450200051332 puis DE89370400440532013000",
            "two IBANs",
        ),
        ("06 12 34 56 78 ou 07 98 76 54 32", "06 12 34 56 78 ou 07 98 76 54 32", "two telephones"),
        ("06 12 34 56 78 / 06 41 11 11 11", "06 12 34 56 78 / 06 41 11 11 11", "two telephones"),
        (
            "+33 6 12 34 56 78, +33 7 98 76 54 32",
            "+33 6 12 34 56 78, +33 7 98 76 54 32",
            "two telephones",
        ),
        ("4111 1111 1111 1112", "4111 1111 1111 1112", "a wrong check digit"),
        (
            "dossier 99411111111111111100",
            "dossier 99411111111111111100",
            "a part of a longer number",
        ),
        ("commande du 2026-11-25 10:15:30", "commande du 2026-11-25 10:15:30", "a time"),
        ("602 100 €\n976 500 €\n314 300 €", "602 100 €\n976 500 €\n314 300 €", "amounts"),
        (
            "581 283 132 01550, 13550 Lille",
            "581 283 132 01550, 13550 Lille",
            "a SIRET and a postal code",
        ),
        ("451 082 499  454 902 826", "451 082 499  454 902 826", "two SIRENs"),
        ("SIRET 91 50 72 82 10 10 41", "SIRET 91 50 72 82 10 10 41", "a SIRET in twos"),
        ("SIREN 446 906 356 (2022)", "SIREN 446 906 356 (2022)", "a SIREN and a year"),
        (
            "https://www.google.com/maps/@48.8566140,2.3522219,17z",
            "https://www.google.com/maps/@48.8566140,2.3522219,17z",
            "a place on a map",
        ),
        ("Congés 24/01/2025-24/07/2025", "Congés 24/01/2025-24/07/2025", "two dates"),
        ("RIB 62770 33360 49684314562 70", "RIB 62770 33360 49684314562 70", "a RIB"),
        (
            "59572 +33 (0)3 84 63 45 36",
            "59572 +33 (0)3 84 63 45 36",
            "a postal code and a telephone",
        ),
        (
            "https://www.facebook.com/profile.php?id=61551320572173",
            "https://www.facebook.com/profile.php?id=61551320572173",
            "an id of fourteen digits",
        ),
    ],
    refused: &[
        ("4111111111111111", "text_holds_card_number", "Visa"),
        ("carte 4111 1111 1111 1111, merci", "text_holds_card_number", "fours"),
        ("4111  1111  1111  1111", "text_holds_card_number", "two spaces"),
        ("4111-1111-1111-1111", "text_holds_card_number", "hyphens"),
        ("4111.1111.1111.1111", "text_holds_card_number", "dots"),
        ("4111/1111/1111/1111", "text_holds_card_number", "slashes"),
        ("4111_1111_1111_1111", "text_holds_card_number", "underscores"),
        ("4111\n1111\n1111\n1111", "text_holds_card_number", "lines"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "text_holds_card_number", "digit by digit"),
        ("41 11 11 11 11 11 11 11", "text_holds_card_number", "twos"),
        ("４１１１ １１１１ １１１１ １１１１", "text_holds_card_number", "full-width digits"),
        ("٤١١١١١١١١١١١١١١١", "text_holds_card_number", "Arabic digits"),
        ("4111 1111 1111 1111 12/27 123", "text_holds_card_number", "with its expiry and code"),
        ("commande 12 4111111111111111", "text_holds_card_number", "behind another number"),
        ("5555 5555 5555 4444", "text_holds_card_number", "Mastercard"),
        ("2223 0031 2200 3222", "text_holds_card_number", "Mastercard's second range"),
        ("3782 822463 10005", "text_holds_card_number", "American Express"),
        ("3056 930902 5904", "text_holds_card_number", "Diners Club"),
        ("3530 1113 3330 0000", "text_holds_card_number", "JCB"),
        ("6011 1111 1111 1117", "text_holds_card_number", "Discover"),
        ("6212345678901232", "text_holds_card_number", "UnionPay"),
        ("6759 6498 2643 8453", "text_holds_card_number", "Maestro"),
        ("2200 0000 0000 0004", "text_holds_card_number", "Mir"),
        ("411111 1111111111 12/27", "text_holds_card_number", "in two pieces, with its expiry"),
        ("4111          1111          1111          1111", "text_holds_card_number", "far apart"),
        ("4111x1111x1111x1111", "text_holds_card_number", "crosses"),
        ("4111\u{445}1111\u{445}1111\u{445}1111", "text_holds_card_number", "Cyrillic crosses"),
        ("4111%1111%1111%1111", "text_holds_card_number", "signs without spaces"),
        ("4111 1111-1111 1111 12/27", "text_holds_card_number", "with its expiry, by two signs"),
        ("41111 11111 11111 1 12/27", "text_holds_card_number", "in fives, with its expiry"),
        ("❹❶❶❶❶❶❶❶❶❶❶❶❶❶❶❶", "text_holds_card_number", "digits in circles"),
    ],
    advice: &[("text_holds_card_number", "payé par carte")],
};
