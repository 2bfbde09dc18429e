//! What holds for every number, not only for those in the tables.

use domain::values::{
    Country, FreeText, Iban, Mobile, PostalCode, Siren, Siret, VatNumber, contains_card_number,
    folded,
};
use proptest::prelude::*;

/// The schemes' published test numbers.
const CARDS: &[&str] = &[
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "4222222222222",
    "4000056655665556",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "5200828282828210",
    "378282246310005",
    "371449635398431",
    "30569309025904",
    "38520000023237",
    "6011111111111117",
    "6011000990139424",
    "3530111333300000",
    "3566002020360505",
    "6759649826438453",
    "6799990100000000019",
    "6212345678901232",
    "2200000000000004",
];
/// What stands between the digits of what people paste.
const DECORATIONS: &[&str] = &[
    " ", "  ", "\u{a0}", "\u{202f}", "\u{2009}", "\t", "-", "\u{2010}", "\u{2011}", "–", "—", "−",
    ".", "·", "\u{200b}", "\u{200e}", "\u{202a}", "\u{2060}", "\u{feff}", "\u{ad}", " - ",
];
/// The zeros of some scripts; their nine other digits follow.
const ZEROS: [char; 6] = ['0', '０', '٠', '۰', '०', '𝟎'];

fn luhn_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            if index % 2 == 1 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap()
}

fn digits(length: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(0u8..10, length)
        .prop_map(|digits| digits.into_iter().map(|digit| char::from(b'0' + digit)).collect())
}

fn siren() -> impl Strategy<Value = String> {
    digits(8)
        .prop_filter("given to nobody yet", |digits| !digits.starts_with('0'))
        .prop_map(|digits| format!("{digits}{}", luhn_digit(&digits)))
}

fn siret() -> impl Strategy<Value = String> {
    (siren(), digits(4)).prop_map(|(siren, number)| {
        let digits = format!("{siren}{number}");
        format!("{digits}{}", luhn_digit(&digits))
    })
}

/// ISO 7064 mod 97-10, over letters read as 10 to 35.
fn check_digits(country: &str, bban: &str) -> String {
    let read = format!("{bban}{country}00").chars().fold(0, |rest: u32, c| {
        let value = c.to_digit(36).unwrap();
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    format!("{:02}", 98 - read)
}

fn french_iban() -> impl Strategy<Value = String> {
    (digits(5), digits(5), digits(11)).prop_map(|(bank, branch, account)| {
        let number = |text: &str| text.parse::<u64>().unwrap();
        let key = 97 - (89 * number(&bank) + 15 * number(&branch) + 3 * number(&account)) % 97;
        let bban = format!("{bank}{branch}{account}{key:02}");
        format!("FR{}{bban}", check_digits("FR", &bban))
    })
}

fn iban() -> impl Strategy<Value = String> {
    let of = |country: &'static str, length| {
        digits(length)
            .prop_map(move |bban| format!("{country}{}{bban}", check_digits(country, &bban)))
    };
    prop_oneof![french_iban(), of("DE", 18), of("ES", 20), of("AT", 16), of("DK", 14)]
}

/// A mobile as it is kept.
fn mobile() -> impl Strategy<Value = String> {
    prop_oneof![
        digits(8).prop_map(|rest| format!("+336{rest}")),
        digits(6).prop_map(|rest| format!("+262692{rest}")),
        digits(8).prop_map(|rest| format!("+316{rest}")),
        digits(8).prop_map(|rest| format!("+22507{rest}")),
        digits(7).prop_map(|rest| format!("+1415{rest}")),
    ]
    .prop_filter("given by a plan", |text| Mobile::parse(text).is_ok())
}

/// Two telephones as somebody writes them one after the other.
fn pair_of_telephones() -> impl Strategy<Value = String> {
    let national = digits(8).prop_map(|rest| format!("06{rest}"));
    let one = prop_oneof![national, mobile()].prop_flat_map(|number| {
        let pairs: Vec<char> = number.chars().collect();
        let spaced = if number.starts_with('+') {
            format!("{} {}", &number[..3], &number[3..])
        } else {
            pairs.chunks(2).map(String::from_iter).collect::<Vec<_>>().join(" ")
        };
        prop_oneof![Just(number.clone()), Just(spaced)]
    });
    let between = prop::sample::select(vec![" ", " / ", ", ", " ou ", "\n", " - "]);
    (one.clone(), between, one)
        .prop_map(|(first, between, second)| format!("{first}{between}{second}"))
}

/// What else merchants and officers write: each is known to be no card.
fn other_number() -> impl Strategy<Value = String> {
    let in_threes = |number: &str| format!("{} {} {}", &number[..3], &number[3..6], &number[6..]);
    let date = (1u8..=28, 1u8..=12, 1950u16..=2049);
    prop_oneof![
        siren(),
        siren().prop_map(move |siren| in_threes(&siren)),
        siret(),
        siret().prop_map(move |siret| format!("{} {}", in_threes(&siret[..9]), &siret[9..])),
        iban(),
        french_iban().prop_map(|iban| {
            format!("{} {} {} {}", &iban[4..9], &iban[9..14], &iban[14..25], &iban[25..])
        }),
        mobile(),
        digits(8).prop_map(|rest| format!("06{rest}")),
        date.clone().prop_map(|(day, month, year)| format!("{day:02}/{month:02}/{year}")),
        date.prop_map(|(day, month, year)| format!("{year}-{month:02}-{day:02}")),
    ]
}

fn decorations() -> impl Strategy<Value = Vec<Option<&'static str>>> {
    proptest::collection::vec(
        prop_oneof![2 => Just(None), 1 => prop::sample::select(DECORATIONS).prop_map(Some)],
        40,
    )
}

/// The same number as it was pasted.
fn decorated(number: &str, decorations: &[Option<&str>], zero: char) -> String {
    let mut text = String::new();
    for (place, c) in number.chars().enumerate() {
        text.push_str(decorations[place % decorations.len()].unwrap_or_default());
        let digit = c.to_digit(10).and_then(|digit| char::from_u32(u32::from(zero) + digit));
        text.push(digit.unwrap_or(c));
    }
    text.push_str(decorations[0].unwrap_or_default());
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn decoration_never_changes_what_is_read(
        siret in siret(), iban in iban(), mobile in mobile(),
        decorations in decorations(), zero in prop::sample::select(ZEROS.to_vec()),
        label in prop::sample::select(vec!["", "N° ", "Numéro : "]),
    ) {
        let pasted = |number: &str| format!("{label}{}", decorated(number, &decorations, zero));
        let siren = siret[..9].to_owned();
        let kept = |text: &str| Siren::parse(text).map(|siren| siren.as_str().to_owned());
        prop_assert_eq!(kept(&siren), Ok(siren.clone()));
        prop_assert_eq!(kept(&pasted(&siren)), Ok(siren.clone()));
        let kept = |text: &str| Siret::parse(text).map(|siret| siret.as_str().to_owned());
        prop_assert_eq!(kept(&siret), Ok(siret.clone()));
        prop_assert_eq!(kept(&pasted(&siret)), Ok(siret.clone()));
        let kept = |text: &str| Iban::parse(text).map(|iban| iban.as_str().to_owned());
        prop_assert_eq!(kept(&iban), Ok(iban.clone()));
        prop_assert_eq!(kept(&pasted(&iban)), Ok(iban.clone()));
        prop_assert_eq!(kept(&pasted(&iban).to_lowercase()), Ok(iban.clone()));
        let kept = |text: &str| Mobile::parse(text).map(|mobile| mobile.as_str().to_owned());
        prop_assert_eq!(kept(&mobile), Ok(mobile.clone()));
        prop_assert_eq!(kept(&pasted(&mobile)), Ok(mobile.clone()));
        let key = (12 + 3 * (siren.parse::<u64>().unwrap() % 97)) % 97;
        let vat = format!("FR{key:02}{siren}");
        let kept = |text: &str| VatNumber::parse(text).map(|vat| vat.as_str().to_owned());
        prop_assert_eq!(kept(&vat), Ok(vat.clone()));
        prop_assert_eq!(kept(&pasted(&vat)), Ok(vat.clone()));
        let code = format!("75{}", &siret[..3]);
        let kept = |text: &str| PostalCode::parse(text, Country::FRANCE).map(|code| code.as_str().to_owned());
        prop_assert_eq!(kept(&pasted(&code)), Ok(code.clone()));
    }

    #[test]
    fn a_digit_that_changed_is_noticed(siret in siret(), iban in iban(), at in 0usize..9, by in 1u8..10) {
        let changed = |number: &str, at: usize| {
            let mut bytes = number.as_bytes().to_vec();
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            String::from_utf8(bytes).unwrap()
        };
        prop_assert!(Siren::parse(&changed(&siret[..9], at)).is_err());
        prop_assert!(Iban::parse(&changed(&iban, at + 4)).is_err());
    }

    #[test]
    fn nothing_that_is_entered_breaks_a_reader(text in any::<String>()) {
        drop(Siren::parse(&text));
        drop(Iban::parse(&text));
        drop(Mobile::parse(&text));
        drop(VatNumber::parse(&text));
        let _ = contains_card_number(&text);
        let kept = FreeText::parse(&text).map(|kept| kept.as_str().to_owned());
        if let Ok(kept) = kept {
            prop_assert_eq!(FreeText::parse(&kept).map(|again| again.as_str().to_owned()), Ok(kept));
        }
        prop_assert_eq!(folded(&folded(&text)), folded(&text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn a_made_up_iban_is_no_card(iban in iban()) {
        let fours: Vec<char> = iban.chars().collect();
        let fours = fours.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ");
        for text in [&iban, &fours, &format!("IBAN : {fours}, merci"), &iban.to_lowercase()] {
            prop_assert!(!contains_card_number(text), "{text}");
        }
    }

    #[test]
    fn a_made_up_siret_is_no_card(siret in siret()) {
        let spaced = format!("{} {} {} {}", &siret[..3], &siret[3..6], &siret[6..9], &siret[9..]);
        for text in [&siret, &spaced, &format!("SIRET {spaced} à Paris")] {
            prop_assert!(!contains_card_number(text), "{text}");
        }
    }

    #[test]
    fn two_telephones_are_no_card(text in pair_of_telephones()) {
        prop_assert!(!contains_card_number(&text), "{text}");
    }

    #[test]
    fn other_numbers_beside_each_other_are_no_card(
        numbers in proptest::collection::vec(other_number(), 1..4),
        between in prop::sample::select(vec![" / ", ", ", " ; ", "\n", " et ", " - ", " | "]),
    ) {
        let text = numbers.join(between);
        prop_assert!(!contains_card_number(&text), "{text}");
    }

    #[test]
    fn a_card_is_found_beside_other_numbers(
        card in prop::sample::select(CARDS), other in other_number(),
        between in prop::sample::select(vec![" ", ", ", " / ", "\n", " - "]),
        pieces in prop::sample::select(vec![4, 20]), is_first in any::<bool>(),
    ) {
        let digits: Vec<char> = card.chars().collect();
        let card = digits.chunks(pieces).map(String::from_iter).collect::<Vec<_>>().join(" ");
        let text = if is_first {
            format!("{card}{between}{other}")
        } else {
            format!("{other}{between}{card}")
        };
        prop_assert!(contains_card_number(&text), "{text}");
        prop_assert!(contains_card_number(&format!("{card} 12/27 123")), "{card}");
    }

    #[test]
    fn a_card_is_found_in_every_decoration(
        card in prop::sample::select(CARDS), decorations in decorations(),
        zero in prop::sample::select(ZEROS.to_vec()),
        (before, after) in prop::sample::select(vec![("", ""), ("carte ", " merci"), ("n°", ";"), ("", " 12/27"), ("", "\n12/2027 123")]),
    ) {
        let text = format!("{before}{}{after}", decorated(card, &decorations, zero));
        prop_assert!(contains_card_number(&text), "{text:?}");
    }
}
