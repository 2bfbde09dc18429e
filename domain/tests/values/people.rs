//! Names, numbers and dates of people, and how they are reached.

use crate::Table;
use domain::values::{Email, Mobile, Nationality, Password, PersonName, parse_date};

pub const TABLES: &[&Table] = &[&PERSON_NAME, &MOBILE, &EMAIL, &NATIONALITY, &DATE, &PASSWORD];

const PERSON_NAME: Table = Table {
    name: "Names of people",
    about: "As people have them, in NFC, with one kind of hyphen. A first name may be left empty: whoever \
            has one name only gives it as `last_name`. Names are compared and sorted without accents \
            and case.",
    read: |text| PersonName::parse(text).map(|name| name.as_str().to_owned()),
    accepted: &[
        ("Zoé", "Zoé", "an accent"),
        ("Zoe\u{301}", "Zoé", "an accent of its own is composed"),
        (" de  La Tour ", "de La Tour", "spaces"),
        ("Col·lell", "Col·lell", "the middle dot of Catalan"),
        ("O’Neill", "O’Neill", "a curly apostrophe"),
        ("N'Diaye", "N'Diaye", "a straight one"),
        ("Jean\u{2011}Pierre", "Jean-Pierre", "a no-break hyphen"),
        ("Anne–Marie", "Anne-Marie", "a dash of a word processor"),
        ("Mª Carmen", "Mª Carmen", "a Spanish abbreviation"),
        ("Mustafa Kemâl Jr.", "Mustafa Kemâl Jr.", "a full stop"),
        ("Łukasz", "Łukasz", "Polish"),
        ("Nguyễn", "Nguyễn", "Vietnamese"),
        ("Иван", "Иван", "Russian"),
        ("Παπαδόπουλος", "Παπαδόπουλος", "Greek"),
        ("山田", "山田", "Japanese"),
        ("ジャン・ピエール", "ジャン・ピエール", "the middle dot of Japanese"),
        ("بن‌علی", "بن‌علی", "Persian, with a non-joiner"),
        ("क्‍षमा", "क्‍षमा", "Hindi, with a joiner"),
        ("בן־דוד", "בן־דוד", "the hyphen of Hebrew"),
        ("ז׳בוטינסקי", "ז׳בוטינסקי", "the geresh of Hebrew"),
        ("שָׁלוֹם", "שָׁלוֹם", "the points of Hebrew"),
        ("ʻAkilisi", "ʻAkilisi", "the ʻokina of Polynesia"),
        ("ജോണ്\u{200d}", "ജോണ്\u{200d}", "Malayalam, with a joiner at its end"),
        ("葛\u{e0100}城", "葛\u{e0100}城", "a variant of a Chinese character"),
        ("བསྟན་འཛིན", "བསྟན་འཛིན", "Tibetan"),
        ("Marcel•lí", "Marcel•lí", "a bullet for the middle dot"),
        ("ジャン＝ピエール", "ジャン-ピエール", "a wide hyphen"),
        ("Ｍａｒｉｅ", "Marie", "wide letters"),
        ("Soﬁa", "Sofia", "a ligature"),
        ("Marie \"Mimi\"", "Marie \"Mimi\"", "straight quotes"),
    ],
    refused: &[
        ("", "invalid_person_name", "nothing"),
        ("-", "invalid_person_name", "no letter"),
        ("R2D2", "invalid_person_name", "digits"),
        ("a@b", "invalid_person_name", "an address"),
        ("Marie_Claire", "invalid_person_name", "an underscore"),
        ("Marie;DROP", "invalid_person_name", "a semicolon"),
        ("Marie 😀", "invalid_person_name", "a picture"),
        ("<b>Marie</b>", "text_holds_angle_brackets", "a tag"),
        (
            "Marie\u{202e}eiraM",
            "text_holds_hidden_characters",
            "a mark that turns the reading direction",
        ),
        ("Ma\u{200b}rie", "text_holds_hidden_characters", "an invisible space"),
        ("Ma\u{200d}rie", "text_holds_hidden_characters", "a joiner where letters do not join"),
        ("Ma\u{ad}rie", "text_holds_hidden_characters", "a soft hyphen"),
        ("\u{3164}", "text_holds_hidden_characters", "a letter without a shape"),
        ("M\u{430}rie", "text_holds_look_alikes", "a Cyrillic a among Latin letters"),
        ("\u{41e}’Neill", "text_holds_look_alikes", "a Cyrillic O before the apostrophe"),
        ("\u{410}. Martin", "text_holds_look_alikes", "a Cyrillic initial"),
        ("ᴍᴀʀɪᴇ", "text_holds_look_alikes", "small capitals"),
        ("ᎷᎪᎡᎥᎬ", "text_holds_look_alikes", "Cherokee letters that look Latin"),
        ("𝐌𝐚𝐫𝐢𝐞", "text_holds_look_alikes", "mathematical letters"),
        ("Ⓜⓐⓡⓘⓔ", "text_holds_look_alikes", "letters in circles"),
        ("Z\u{336}\u{335}\u{334}\u{333}\u{332}oe", "text_holds_look_alikes", "marks piled up"),
    ],
    advice: &[
        ("invalid_person_name", "Marie Exemple"),
        ("text_holds_angle_brackets", "b Marie"),
        ("text_holds_hidden_characters", "Marie"),
        ("text_holds_look_alikes", "Marie"),
    ],
};

const MOBILE: Table = Table {
    name: "Mobile numbers",
    about: "E.164, a mobile of any country by libphonenumber's metadata. Without a country code a number \
            is French, of the place that its first digits name: 0639, 0692 and 0693 Réunion and Mayotte, \
            0690 and 0691 Guadeloupe, 0694 Guiana, 0696 and 0697 Martinique. A person's short number of \
            New Caledonia, Polynesia or Wallis and Futuna is read by the country of their address.",
    read: |text| Mobile::parse(text).map(|mobile| mobile.as_str().to_owned()),
    accepted: &[
        ("+33612345678", "+33612345678", "as it is kept"),
        ("06 12 34 56 78", "+33612345678", "as the French write it"),
        ("0033 6 12 34 56 78", "+33612345678", "two zeros for the plus"),
        ("+33 (0)6.12.34.56.78", "+33612345678", "a zero in brackets"),
        (
            "+33\u{202f}6\u{202f}12\u{202f}34\u{202f}56\u{202f}78",
            "+33612345678",
            "narrow spaces, from a French page",
        ),
        (
            "\u{202a}+33 6 12 34 56 78\u{202c}",
            "+33612345678",
            "marks of direction, from an address book",
        ),
        ("06–12–34–56–78", "+33612345678", "dashes"),
        ("06/12/34/56/78", "+33612345678", "slashes"),
        ("Tél. portable : 06 12 34 56 78", "+33612345678", "a label"),
        ("tel:+33612345678", "+33612345678", "a link"),
        ("０６１２３４５６７８", "+33612345678", "full-width digits"),
        ("0690 12 34 56", "+590690123456", "Guadeloupe"),
        ("0691 23 45 67", "+590691234567", "Guadeloupe"),
        ("0692 12 34 56", "+262692123456", "Réunion"),
        ("0693 12 34 56", "+262693123456", "Réunion"),
        ("0639 20 12 34", "+262639201234", "Mayotte"),
        ("0694 20 12 34", "+594694201234", "Guiana"),
        ("0696 20 12 34", "+596696201234", "Martinique"),
        ("0697 20 12 34", "+596697201234", "Martinique"),
        ("+225 07 12 34 56 78", "+2250712345678", "Côte d'Ivoire: the zero belongs to the number"),
        ("+221 77 123 45 67", "+221771234567", "Senegal"),
        ("+31 6 12345678", "+31612345678", "the Netherlands"),
        ("+32 470 12 34 56", "+32470123456", "Belgium"),
        ("+39 312 345 6789", "+393123456789", "Italy"),
        ("+1 415 555 2671", "+14155552671", "North America, where mobiles look like any other"),
    ],
    refused: &[
        ("", "invalid_phone", "nothing"),
        ("hello", "invalid_phone", "no number"),
        ("+33", "invalid_phone", "a country code alone"),
        ("+31 6 12345678 12", "invalid_phone", "digits too many"),
        ("+33 6 12 34 56 7", "invalid_phone", "a digit too few"),
        ("06 12 34 56 789", "invalid_phone", "a digit too many"),
        ("+999 6 12 34 56 78", "invalid_phone", "a country code that nobody has"),
        ("0612345678 ext. 4", "invalid_phone", "an extension"),
        ("06 12 34 56 78 ou 07 12 34 56 78", "invalid_phone", "two numbers"),
        ("+225 7 12 34 56 78", "invalid_phone", "Côte d'Ivoire, as before 2021"),
        ("0639 12 34 56", "invalid_phone", "Mayotte has not given that block"),
        ("+33 1 42 68 53 00", "phone_not_mobile", "a landline"),
        ("0262 20 12 34", "phone_not_mobile", "a landline of Réunion"),
        ("0800 123 456", "phone_not_mobile", "a free number"),
    ],
    advice: &[
        ("invalid_phone", "+33 6 12 34 56 78"),
        ("invalid_phone", "+262 692 12 34 56"),
        ("phone_not_mobile", "+33612345678"),
    ],
};

const EMAIL: Table = Table {
    name: "E-mail addresses",
    about: "RFC 5321 and 6531, lower case, NFC; the domain as people read it, so that both of its \
            spellings are one address (UTS 46). Mail goes out to the domain in ASCII. A local part that \
            is not ASCII needs mail servers with SMTPUTF8, and sign-up says so.",
    read: |text| Email::parse(text).map(|email| email.as_str().to_owned()),
    accepted: &[
        ("marie@example.com", "marie@example.com", "as it is kept"),
        (" Marie.Dupont+Test@Example.COM ", "marie.dupont+test@example.com", "capitals, a tag"),
        ("a@bücher.example", "a@bücher.example", "a domain with an accent"),
        ("a@xn--bcher-kva.example", "a@bücher.example", "the same domain in ASCII"),
        ("a@BÜCHER.example", "a@bücher.example", "capitals with accents"),
        ("a@bu\u{308}cher.example", "a@bücher.example", "an accent of its own"),
        ("jürgen@example.com", "jürgen@example.com", "a local part with an accent"),
        ("o'neill@example.com", "o'neill@example.com", "an apostrophe"),
        ("marie@example.com\u{200b}", "marie@example.com", "an invisible space, pasted"),
        ("marie@sous.domaine.example.fr", "marie@sous.domaine.example.fr", "several parts"),
        ("ｍａｒｉｅ＠example.com", "marie@example.com", "wide characters"),
    ],
    refused: &[
        ("", "invalid_email", "nothing"),
        ("marie", "invalid_email", "no domain"),
        ("marie@", "invalid_email", "an empty domain"),
        ("@example.com", "invalid_email", "nobody"),
        ("marie@localhost", "invalid_email", "a domain without a dot"),
        ("marie@[127.0.0.1]", "invalid_email", "an address of a machine"),
        ("marie@127.0.0.1", "invalid_email", "an address of a machine"),
        ("marie@p\u{430}ypal.com", "invalid_email", "a Cyrillic letter in the domain"),
        ("4111111111111111@example.com", "text_holds_card_number", "a card number"),
        ("Marie <marie@example.com>", "invalid_email", "a display name"),
        ("a b@example.com", "invalid_email", "a space"),
        ("\"a b\"@example.com", "invalid_email", "quotes"),
        ("marie@example.com\r\nBcc: x@example.com", "invalid_email", "a second line"),
        ("marie@exa_mple.com", "invalid_email", "an underscore in the domain"),
        ("marie@-example.com", "invalid_email", "a hyphen at a wrong place"),
        ("m\u{430}rie@example.com", "invalid_email", "a Cyrillic letter among Latin ones"),
    ],
    advice: &[
        ("invalid_email", "name@example.com"),
        ("text_holds_card_number", "name@example.com"),
    ],
};

const NATIONALITY: Table = Table {
    name: "Nationalities and countries",
    about: "ISO 3166-1 codes of two letters, and XK for Kosovo, which has none yet. A nationality may also \
            be XXA (stateless), XXB or XXC (refugee), as travel documents say (ICAO Doc 9303, part 3).",
    read: |text| Nationality::parse(text).map(|nationality| nationality.as_str().to_owned()),
    accepted: &[
        ("FR", "FR", "France"),
        ("fr", "FR", "lower case"),
        (" be ", "BE", "spaces"),
        ("ＦＲ\u{200b}", "FR", "wide letters, an invisible space"),
        ("XK", "XK", "Kosovo"),
        ("PS", "PS", "Palestine"),
        ("TW", "TW", "Taiwan"),
        ("RE", "RE", "Réunion"),
        ("XXA", "XXA", "a stateless person"),
        ("xxb", "XXB", "a refugee"),
    ],
    refused: &[
        ("", "invalid_country", "nothing"),
        ("F", "invalid_country", "a letter too few"),
        ("FRA", "invalid_country", "three letters"),
        ("UK", "invalid_country", "the United Kingdom is GB"),
        ("ZZ", "invalid_country", "nobody's"),
        ("XX", "invalid_country", "nobody's"),
        ("EU", "invalid_country", "no country"),
        ("France", "invalid_country", "a name"),
        ("É", "invalid_country", "an accent"),
    ],
    advice: &[("invalid_country", "FR"), ("invalid_country", "XK"), ("invalid_country", "XXA")],
};

const DATE: Table = Table {
    name: "Dates",
    about: "RFC 3339, with four digits for the year, between 1600 and 2199. Each field has a range of its \
            own: a company was not registered in the future, a person is at most 120 years old, a document \
            was not issued in the future, and one of identity expires within twenty years of its issue.",
    read: |text| parse_date(text).map(|date| date.to_string()),
    accepted: &[
        ("2019-03-04", "2019-03-04", "as it is kept"),
        (" 2019-03-04 ", "2019-03-04", "spaces"),
        ("2024-02-29", "2024-02-29", "a leap day"),
        ("1665-10-01", "1665-10-01", "an old company"),
        ("1900-01-01", "1900-01-01", "as SIRENE says for unknown days"),
        ("1999-12-31", "1999-12-31", "another century"),
        ("2036-11-25", "2036-11-25", "an expiry"),
        ("2000-02-29", "2000-02-29", "a leap day of a century"),
        ("2019\u{2010}03\u{2010}04\u{200b}", "2019-03-04", "other hyphens, an invisible space"),
    ],
    refused: &[
        ("", "invalid_date", "nothing"),
        ("19-03-04", "invalid_date", "a year of two digits"),
        ("019-03-04", "invalid_date", "a year of three digits"),
        ("+12019-03-04", "invalid_date", "a year of five digits"),
        ("04/03/2019", "invalid_date", "day, month, year"),
        ("2019-3-4", "invalid_date", "single digits"),
        ("2023-02-29", "invalid_date", "no leap year"),
        ("2019-13-01", "invalid_date", "a thirteenth month"),
        ("2019-03-04T00:00:00Z", "invalid_date", "with a time"),
        ("٢٠١٩-٠٣-٠٤", "invalid_date", "other digits"),
        ("0019-03-04", "date_out_of_range", "the year 19"),
        ("9999-12-31", "date_out_of_range", "never"),
    ],
    advice: &[("invalid_date", "2026-11-23"), ("date_out_of_range", "1600-01-01")],
};

const PASSWORD: Table = Table {
    name: "Passwords",
    about: "12 to 128 characters that are hard to guess (zxcvbn, 3 of 4), judged and hashed as NFKC (NIST SP \
            800-63B): the same however a keyboard composes its accents. Hashes of before go on working, \
            and are made anew at the next sign-in.",
    read: |text| {
        Password::parse(text, &["marie.dupont@example.com"]).map(|known| known.as_str().to_owned())
    },
    accepted: &[
        ("cheval pile agrafe correct", "cheval pile agrafe correct", "unrelated words"),
        ("forêt pelle écureuil verglas", "forêt pelle écureuil verglas", "accents"),
        (
            "fore\u{302}t pelle e\u{301}cureuil verglas",
            "forêt pelle écureuil verglas",
            "the same, taken apart",
        ),
        ("ｆorêt pelle écureuil verglas", "forêt pelle écureuil verglas", "a full-width letter"),
        ("Kp7#vQ2!mZ9x", "Kp7#vQ2!mZ9x", "twelve characters"),
        ("лошадь скрепка батарея", "лошадь скрепка батарея", "another alphabet"),
        ("馬電池正解主食雲海風鈴紅茶", "馬電池正解主食雲海風鈴紅茶", "another script"),
        ("  deux espaces devant le seuil", "  deux espaces devant le seuil", "spaces are kept"),
    ],
    refused: &[
        ("", "password_too_short", "nothing"),
        ("Tr0ub4dor&3", "password_too_short", "eleven characters"),
        (
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
            "password_too_short",
            "six letters, taken apart",
        ),
        ("password1234", "password_too_weak", "common"),
        ("111111111111", "password_too_weak", "one digit"),
        ("azertyuiop123", "password_too_weak", "a row of keys"),
        ("mariedupont12", "password_too_weak", "one's own name"),
        ("ｐａｓｓｗｏｒｄ１２３４", "password_too_weak", "common, in full-width letters"),
        (
            "xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 xk2 x",
            "password_too_long",
            "129 characters",
        ),
    ],
    advice: &[
        ("password_too_short", "cheval pile agrafe correct"),
        ("password_too_weak", "cheval pile agrafe correct"),
        ("password_too_long", "cheval pile agrafe correct"),
    ],
};
