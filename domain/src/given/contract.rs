//! The contract: presented, and signed.

use super::{OWNER, after, complete, day, folded, id, zoe};
use crate::PersonId;
use crate::contract::{Command, Evidence};
use crate::merchant::Event;

pub fn sha256() -> [u8; 32] {
    [7; 32]
}

pub fn sealed_sha256() -> [u8; 32] {
    [8; 32]
}

pub fn evidence() -> Evidence {
    Evidence {
        ip_address: "192.0.2.1".to_owned(),
        user_agent: "test".to_owned(),
        mobile: "+33 •••• 78".to_owned(),
    }
}

pub fn sign(signer: PersonId, challenge: u128, is_code_right: bool) -> Command {
    Command::Sign {
        signer,
        sha256: sha256(),
        challenge: id(challenge),
        is_code_right,
        evidence: evidence(),
    }
}

pub fn send_code(signer: PersonId, challenge: u128) -> Command {
    Command::SendCode { signer, challenge: id(challenge) }
}

pub fn present(events: &[Event]) -> Command {
    Command::Present {
        contract: id(41),
        sha256: sha256(),
        sealed_sha256: sealed_sha256(),
        file_version: folded(events).file.version,
    }
}

pub fn presented() -> Vec<Event> {
    let events = complete();
    let present = present(&events);
    after(events, OWNER.at(day(2)), present)
}

pub fn submitted() -> Vec<Event> {
    let events = after(presented(), OWNER.at(day(2)), send_code(zoe(), 61));
    after(events, OWNER.at(day(2)), sign(zoe(), 61, true))
}
