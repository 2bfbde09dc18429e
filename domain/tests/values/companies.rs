//! Numbers and codes of companies and their accounts.

use crate::Table;
use chrono::NaiveDate;
use domain::Coded;
use domain::values::{Activity, Iban, Invalid, Share, Siren, Siret, VatNumber};

pub const TABLES: &[&Table] = &[&SIREN, &SIRET, &VAT_NUMBER, &IBAN, &ACTIVITY, &SHARE];

const SIREN: Table = Table {
    name: "SIREN",
    about: "Nine digits with a Luhn check digit (INSEE). Read as every number is: spaces, dashes, \
            dots, invisible marks and a label in front make no difference, nor does the script of \
            the digits.",
    read: |text| Siren::parse(text).map(|siren| siren.as_str().to_owned()),
    accepted: &[
        ("732829320", "732829320", "as it is kept"),
        ("732 829 320", "732829320", "as notices print it"),
        ("732\u{a0}829\u{a0}320", "732829320", "no-break spaces, from a page"),
        ("732\u{202f}829\u{202f}320", "732829320", "narrow no-break spaces, from a French page"),
        ("552.100.554", "552100554", "dots"),
        ("732-829-320", "732829320", "hyphens"),
        ("732–829–320", "732829320", "dashes of a word processor"),
        ("732/829/320", "732829320", "slashes"),
        ("SIREN : 732 829 320", "732829320", "a label"),
        ("RCS Paris B 732 829 320", "732829320", "as a letterhead has it"),
        ("Nume\u{301}ro de SIREN : 732829320", "732829320", "a label with an accent of its own"),
        ("732 829 320 RCS Paris", "732829320", "as a letterhead has it, behind the number"),
        ("732829320 (siège)", "732829320", "a remark behind it"),
        ("'732829320", "732829320", "the apostrophe of a spreadsheet"),
        ("N° SIREN 732829320", "732829320", "a label"),
        ("\u{feff}732829320", "732829320", "a byte order mark, from a spreadsheet"),
        ("\u{202a}732829320\u{202c}", "732829320", "marks of direction, from an address book"),
        ("７３２８２９３２０", "732829320", "full-width digits"),
        ("٧٣٢٨٢٩٣٢٠", "732829320", "Arabic digits"),
        ("356 000 000", "356000000", "La Poste"),
    ],
    refused: &[
        ("", "invalid_siren", "nothing"),
        ("732829321", "invalid_siren", "a wrong check digit"),
        ("73282932", "invalid_siren", "a digit too few"),
        ("7328293200", "invalid_siren", "a digit too many"),
        ("000000000", "invalid_siren", "nobody's, though its check digit fits"),
        ("73282932000074", "invalid_siren", "a SIRET"),
        ("73282932O", "invalid_siren", "a letter"),
        ("73282932②", "invalid_siren", "a digit in a circle"),
        ("Atelier du Lac 732829320", "invalid_siren", "words that are no label"),
        ("732829320 et 552100554", "invalid_siren", "two numbers"),
    ],
    advice: &[("invalid_siren", "732829320")],
};

const SIRET: Table = Table {
    name: "SIRET",
    about: "Fourteen digits: a SIREN, then five for the establishment, with a Luhn check digit over \
            all (INSEE). La Poste's may sum up to a multiple of five instead.",
    read: |text| Siret::parse(text).map(|siret| siret.as_str().to_owned()),
    accepted: &[
        ("73282932000074", "73282932000074", "as it is kept"),
        ("732 829 320 00074", "73282932000074", "as notices print it"),
        ("73282932000074\u{feff}", "73282932000074", "a byte order mark at its end"),
        ("732.829.320.00074", "73282932000074", "dots"),
        ("SIRET: 732 829 320 00074", "73282932000074", "a label"),
        ("n° siret : 73282932000074", "73282932000074", "a label"),
        ("7328 2932 0000 74", "73282932000074", "other groups"),
        ("834 315 673 00014", "83431567300014", "another company"),
        ("35600000000048", "35600000000048", "La Poste, by Luhn"),
        ("35600000049837", "35600000049837", "La Poste, by the sum of its digits"),
    ],
    refused: &[
        ("", "invalid_siret", "nothing"),
        ("73282932000075", "invalid_siret", "a wrong check digit"),
        ("732829320", "invalid_siret", "a SIREN"),
        ("732829320000740", "invalid_siret", "a digit too many"),
        ("7328293200007", "invalid_siret", "a digit too few"),
        ("35600000049838", "invalid_siret", "La Poste, neither way"),
        ("00000000000000", "invalid_siret", "nobody's"),
        ("FR44732829320", "invalid_siret", "a VAT number"),
        ("73282932100072", "invalid_siret", "its first nine digits are no SIREN"),
    ],
    advice: &[("invalid_siret", "73282932000074")],
};

const VAT_NUMBER: Table = Table {
    name: "VAT number",
    about: "`FR`, a key of two characters, then the SIREN (article 286 ter of the general tax code). \
            Companies in Monaco have numbers that begin with 000 behind the key. It must be the \
            number of the company whose SIRET is given; Monaco's do not say whose they are.",
    read: |text| {
        let siren = Siren::parse("732829320")?;
        let others = ["FR83404833048", "FRK7399859412", "FR4Z123456782"];
        let number = VatNumber::parse(text)?;
        // Of these companies too, so that their keys can stand here.
        if others.contains(&number.as_str()) && !text.contains("404833048") {
            return Ok(number.as_str().to_owned());
        }
        number.given_to(&siren).map(|number| number.as_str().to_owned())
    },
    accepted: &[
        ("FR44732829320", "FR44732829320", "as it is kept"),
        ("fr 44 732 829 320", "FR44732829320", "lower case, spaces"),
        ("FR-44-732829320", "FR44732829320", "hyphens"),
        ("TVA : FR44 732829320", "FR44732829320", "a label"),
        ("N° TVA intracommunautaire : FR44732829320", "FR44732829320", "a label"),
        ("ＦＲ４４７３２８２９３２０", "FR44732829320", "full-width characters"),
        ("FR44\u{200b}732829320", "FR44732829320", "an invisible space"),
        ("FRK7399859412", "FRK7399859412", "a key with a letter (another company's)"),
        ("FR4Z123456782", "FR4Z123456782", "a key with a letter (another company's)"),
        ("FR37000005990", "FR37000005990", "Monaco"),
    ],
    refused: &[
        ("", "invalid_vat_number", "nothing"),
        ("44732829320", "invalid_vat_number", "without its country"),
        ("FR45732829320", "invalid_vat_number", "a wrong key"),
        ("FRIO399859412", "invalid_vat_number", "letters that no key has"),
        ("DE136695976", "invalid_vat_number", "of another country"),
        ("FR447328293200", "invalid_vat_number", "a digit too many"),
        ("FR44732829321", "invalid_vat_number", "no SIREN"),
        ("FR732829320", "invalid_vat_number", "without its key"),
        ("FR83404833048", "vat_number_of_another_company", "valid, but not of 732829320"),
    ],
    advice: &[
        ("invalid_vat_number", "FR44732829320"),
        ("vat_number_of_another_company", "FR44732829320"),
    ],
};

const IBAN: Table = Table {
    name: "IBAN",
    about: "ISO 13616, of the SEPA area (EPC409-09); in France and Monaco with the key of the RIB, \
            which sees what the check digits do not.",
    read: |text| Iban::parse(text).map(|iban| iban.as_str().to_owned()),
    accepted: &[
        ("FR7630006000011234567890189", "FR7630006000011234567890189", "as it is kept"),
        ("FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189", "as banks print it"),
        ("FR76-3000-6000-0112-3456-7890-189", "FR7630006000011234567890189", "hyphens"),
        ("FR76.3000.6000.0112.3456.7890.189", "FR7630006000011234567890189", "dots"),
        (
            "FR76\u{202f}3000\u{202f}6000\u{202f}0112\u{202f}3456\u{202f}7890\u{202f}189",
            "FR7630006000011234567890189",
            "narrow spaces",
        ),
        (
            "fr1420041010050500013m02606",
            "FR1420041010050500013M02606",
            "lower case, a letter in the account",
        ),
        ("IBAN FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189", "a label"),
        ("RIB/IBAN : FR7630006000011234567890189", "FR7630006000011234567890189", "two labels"),
        (
            "IBAN (FR) : FR7630006000011234567890189",
            "FR7630006000011234567890189",
            "a remark behind the label",
        ),
        ("N° de compte : DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "a label"),
        (
            "IBANFR7630006000011234567890189",
            "FR7630006000011234567890189",
            "a label without a space",
        ),
        (
            "\u{200e}FR7630006000011234567890189\u{200e}",
            "FR7630006000011234567890189",
            "marks of direction",
        ),
        (
            "ＦＲ７６３０００６００００１１２３４５６７８９０１８９",
            "FR7630006000011234567890189",
            "full-width characters",
        ),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "Germany"),
        ("NO93 8601 1117 947", "NO9386011117947", "Norway, whose code is no label"),
        ("BE68 5390 0754 7034", "BE68539007547034", "Belgium"),
        ("MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S", "Malta"),
    ],
    refused: &[
        ("", "invalid_iban", "nothing"),
        ("FR7630006000011234567890188", "invalid_iban", "wrong check digits"),
        ("FR76300060000112345678901", "invalid_iban", "cut off"),
        ("30006000011234567890189", "invalid_iban", "the RIB without FR76"),
        ("FR763000600001123456789O189", "invalid_iban", "a letter O for a zero"),
        ("\u{405}E4550000000058398257466", "invalid_iban", "a Cyrillic letter that looks like S"),
        ("XX0012345678901234567890", "invalid_iban", "no country"),
        (
            "FR5220041010050500013M02601",
            "invalid_rib_key",
            "check digits that fit, a RIB key that does not",
        ),
        ("BR1800360305000010009795493C1", "iban_outside_sepa", "Brazil"),
        ("SA0380000000608010167519", "iban_outside_sepa", "Saudi Arabia"),
    ],
    advice: &[
        ("invalid_iban", "FR7630006000011234567890189"),
        ("invalid_rib_key", "FR1420041010050500013M02606"),
        ("iban_outside_sepa", "DE89370400440532013000"),
    ],
};

fn activity(text: &str) -> Result<String, Invalid> {
    let today = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap_or_default();
    Activity::parse(text, today)
        .map(|code| format!("{} {}", code.as_str(), code.nomenclature().code()))
        .or_else(|invalid| {
            // What is kept says its nomenclature too.
            let code = text.strip_suffix(" naf_rev2").ok_or(invalid)?;
            Activity::parse(code, today).map(|_| text.to_owned())
        })
}

const ACTIVITY: Table = Table {
    name: "Activity (NAF)",
    about: "One of the 732 sub-classes of NAF rév. 2 (decree 2007-1888, annex), kept with the name of \
            the nomenclature. From 2027-01-01 codes of NAF 2025 (decree 2025-736), which end in a \
            letter from G to Y, are taken by their form.",
    read: activity,
    accepted: &[
        ("62.01Z", "62.01Z naf_rev2", "as it is kept"),
        ("6201Z", "62.01Z naf_rev2", "as SIRENE writes it"),
        ("62.01z", "62.01Z naf_rev2", "lower case"),
        ("62 01 Z", "62.01Z naf_rev2", "spaces"),
        ("APE : 6201Z", "62.01Z naf_rev2", "a label"),
        ("NAF rév. 2 : 62.01Z", "62.01Z naf_rev2", "a label with a number of its own"),
        ("Code NAF 47.71Z", "47.71Z naf_rev2", "a label"),
        ("56.10A", "56.10A naf_rev2", "a class with several sub-classes"),
        ("96.02B", "96.02B naf_rev2", "a class with several sub-classes"),
        ("01.11Z", "01.11Z naf_rev2", "the first of the list"),
        ("99.00Z", "99.00Z naf_rev2", "the last of the list"),
    ],
    refused: &[
        ("", "invalid_activity", "nothing"),
        ("62.01", "invalid_activity", "without its letter"),
        ("62.01A", "invalid_activity", "a sub-class that does not exist"),
        ("00.00Z", "invalid_activity", "no division"),
        ("04.11Z", "invalid_activity", "a division that is not given"),
        ("62.99Z", "invalid_activity", "a class that does not exist"),
        ("62.10Y", "invalid_activity", "NAF 2025, before it applies"),
        ("62.01ZZ", "invalid_activity", "a letter too many"),
        ("721Z", "invalid_activity", "NAF of 1993"),
        ("é2.01Z", "invalid_activity", "a letter for a digit"),
    ],
    advice: &[("invalid_activity", "62.01Z")],
};

const SHARE: Table = Table {
    name: "Share",
    about: "Percent, exact, with at most four decimals.",
    read: |text| Share::parse(text).map(|share| share.to_string()),
    accepted: &[
        ("33.3333", "33.3333", "four decimals"),
        ("25,5", "25.5", "a comma"),
        ("100", "100", "the whole"),
        ("0", "0", "nothing"),
        ("25.0001", "25.0001", "just above a quarter"),
        ("50.00", "50", "zeros that say nothing"),
        ("0.0001", "0.0001", "the smallest"),
        ("99.9999", "99.9999", "nearly all"),
    ],
    refused: &[
        ("", "invalid_share", "nothing"),
        ("-1", "invalid_share", "negative"),
        ("100.0001", "invalid_share", "more than all"),
        ("33.33333", "invalid_share", "five decimals"),
        ("1e2", "invalid_share", "an exponent"),
        ("12.", "invalid_share", "a point without decimals"),
        (".5", "invalid_share", "decimals without a number"),
        ("1/3", "invalid_share", "a fraction"),
    ],
    advice: &[("invalid_share", "33.3333")],
};
