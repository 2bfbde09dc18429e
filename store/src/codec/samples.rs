//! Values for samples of events: distinct and not defaults, so that a swap of two fields would be seen
//! in a fixture. The samples themselves stand beside their shapes.

use chrono::{DateTime, NaiveDate, Utc};
use domain::Id;
use domain::messages::Letter;
use domain::restriction::{PublicReason, Remedy, Restricted, Restriction};
use domain::values::{FreeText, Language};
use uuid::Uuid;

pub fn id<I: Id>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
}

pub fn time(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + minutes * 60, 123_456_000).unwrap()
}

pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub fn text(text: &str) -> FreeText {
    FreeText::recorded(text)
}

pub fn letter() -> Letter {
    Letter {
        to: text("marie@example.com"),
        language: Language::English,
        subject: Some(text("Your client file")),
        text: text("Sign here: https://greffe.example/sign?token=[…]"),
    }
}

pub fn restriction() -> Restriction {
    Restriction {
        what: Restricted::Account,
        why: PublicReason::DocumentsNotReceived,
        since: time(1),
        remedy: Remedy::SendDocuments,
        remedy_until: Some(time(2)),
    }
}
