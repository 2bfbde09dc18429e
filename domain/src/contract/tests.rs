//! How a contract is signed, one test per rule.

use super::{CODE_ATTEMPTS_MAX, CODES_MAX, Command, Event, Refusal, SignatureLevel, TERMS_VERSION};
use crate::access::Refusal as Access;
use crate::client_file::{self, DocumentKind, PersonRole};
use crate::given::*;
use crate::merchant;
use crate::review::Stage;
use chrono::TimeDelta;

fn code_sent(challenge: u128) -> Event {
    Event::SigningCodeSent {
        contract: id(41),
        signer: zoe(),
        challenge: id(challenge),
        expires_at: day(2) + TimeDelta::minutes(10),
    }
}

fn signed_by(signer: crate::PersonId, challenge: u128) -> Event {
    Event::Signed {
        contract: id(41),
        signer,
        level: SignatureLevel::Simple,
        challenge: id(challenge),
        evidence: evidence().into(),
        signed_at: day(2),
    }
}

/// Five days after day 2, at midnight in Paris.
fn sent_to_us() -> client_file::Event {
    client_file::Event::Submitted { answer_expected_by: at("2026-11-09T23:00:00Z") }
}

fn coded() -> Vec<merchant::Event> {
    after(presented(), OWNER.at(day(2)), send_code(zoe(), 61))
}

/// Zoé and her associate both have to sign.
fn presented_to_two() -> Vec<merchant::Event> {
    let events = after(complete(), OWNER.at(day(1)), record_person(associate(), "Lou"));
    let identity =
        with(document(35, DocumentKind::IdentityDocument), |new| new.person = Some(associate()));
    let events = after(events, OWNER.at(day(1)), submit(identity));
    let present = present(&events);
    after(events, OWNER.at(day(2)), present)
}

fn change_the_file(events: Vec<merchant::Event>) -> Vec<merchant::Event> {
    after(events, OWNER.at(day(2)), submit(document(36, DocumentKind::Other)))
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    every_refusal_has_its_code_and_words::<Refusal>();
}

#[test]
fn a_complete_file_is_presented_to_everybody_who_signs() {
    let file_version = folded(&complete()).file.version;
    given(complete()).when(OWNER.at(day(2)), present(&complete())).then(events![
        Event::Presented {
            contract: id(41),
            terms_version: TERMS_VERSION,
            sealed_sha256: Some(sealed_sha256()),
            file_version,
            signers: [zoe()].into(),
            sha256: sha256().into(),
        }
    ]);
    let presented = folded(&presented_to_two()).contract.presented.unwrap();
    assert_eq!(presented.signers, [zoe(), associate()].into());
}

#[test]
fn a_delegate_signs_too_and_a_mere_owner_does_not() {
    let mut events = complete();
    for (person, role) in
        [(associate(), PersonRole::Delegate), (id(23), PersonRole::BeneficialOwner)]
    {
        let record = client_file::Command::RecordPerson {
            person,
            details: details("Lou"),
            roles: [role].into(),
        };
        events = after(events, OWNER.at(day(1)), record);
    }
    assert_eq!(folded(&events).file.signers(), [zoe(), associate()].into());
}

#[test]
fn an_incomplete_file_is_not_presented() {
    given(in_test())
        .when(OWNER.at(day(2)), present(&in_test()))
        .then_refused(Refusal::RequirementsMissing);
}

#[test]
fn a_contract_over_an_older_file_is_not_presented() {
    given(change_the_file(complete()))
        .when(OWNER.at(day(2)), present(&complete()))
        .then_refused(Refusal::FileChanged);
}

#[test]
fn a_file_that_was_sent_is_not_presented_again() {
    given(submitted())
        .when(OWNER.at(day(3)), present(&submitted()))
        .then_refused(Refusal::AlreadySubmitted);
}

#[test]
fn only_the_owner_presents_and_only_in_test_mode() {
    for occasion in outsiders(day(2)).into_iter().chain([CLARA.at(day(2)), timer(day(2))]) {
        given(complete())
            .when(occasion, present(&complete()))
            .then_refused(Access::UnknownMerchant);
    }
    for events in [activated(), live(), deactivated(), suspended(complete())] {
        let present = present(&events);
        given(events).when(OWNER.at(day(40)), present).then_refused(Access::StatusForbids);
    }
}

#[test]
fn a_code_is_sent_to_the_signer_for_ten_minutes() {
    for occasion in [OWNER.at(day(2)), signer(zoe(), day(2))] {
        given(presented()).when(occasion, send_code(zoe(), 61)).then(events![code_sent(61)]);
    }
}

#[test]
fn a_signer_sees_no_code_for_somebody_else() {
    for command in [send_code(zoe(), 61), sign(zoe(), 61, true)] {
        given(coded()).when(signer(associate(), day(2)), command).then_refused(Refusal::NotASigner);
    }
}

#[test]
fn strangers_staff_and_timers_neither_ask_for_codes_nor_sign() {
    let others = [CLARA.at(day(2)), timer(day(2)), STRANGER.at(day(2)), visitor(day(2))];
    for occasion in others.into_iter().chain([provider(day(2))]) {
        for command in [send_code(zoe(), 61), sign(zoe(), 61, true)] {
            given(coded()).when(occasion, command).then_refused(Access::UnknownMerchant);
        }
    }
}

#[test]
fn somebody_who_is_not_named_in_the_contract_does_not_sign_it() {
    for command in [send_code(id(99), 61), sign(id(99), 61, true)] {
        given(coded()).when(OWNER.at(day(2)), command).then_refused(Refusal::NotASigner);
    }
}

#[test]
fn nothing_is_signed_before_it_was_presented() {
    for command in [send_code(zoe(), 61), sign(zoe(), 61, true)] {
        given(complete()).when(OWNER.at(day(2)), command).then_refused(Refusal::NothingPresented);
    }
}

#[test]
fn a_contract_over_a_file_that_has_changed_is_presented_again_before_it_is_signed() {
    for command in [send_code(zoe(), 61), sign(zoe(), 61, true)] {
        given(change_the_file(coded()))
            .when(OWNER.at(day(2)), command)
            .then_refused(Refusal::FileChanged);
    }
}

#[test]
fn a_contract_that_names_other_services_or_another_company_is_presented_again() {
    let mut company = basics();
    company.legal_form = crate::values::LegalForm::Sasu;
    let services = request_services([crate::services::Service::Api]);
    let others: [merchant::Command; 2] = [services.into(), record_basics(company).into()];
    for other in others {
        given(after(coded(), OWNER.at(day(2)), other))
            .when(OWNER.at(day(2)), sign(zoe(), 61, true))
            .then_refused(Refusal::FileChanged);
    }
}

#[test]
fn presenting_again_asks_everybody_to_sign_again() {
    let mut events = after(presented_to_two(), OWNER.at(day(2)), send_code(zoe(), 61));
    events = after(events, OWNER.at(day(2)), sign(zoe(), 61, true));
    events = change_the_file(events);
    let present = present(&events);
    events = after(events, OWNER.at(day(2)), present);
    let contract = folded(&events).contract;
    assert_eq!(contract.missing_signers(), [zoe(), associate()].into());
    assert!(contract.codes.is_empty());
}

#[test]
fn codes_are_for_accounts_in_test_mode() {
    for command in [send_code(zoe(), 61), sign(zoe(), 61, true)] {
        given(suspended(coded()))
            .when(OWNER.at(day(6)), command.clone())
            .then_refused(Access::StatusForbids);
        given(live()).when(OWNER.at(day(6)), command).then_refused(Access::StatusForbids);
    }
}

#[test]
fn ten_codes_are_sent_per_contract_and_signer() {
    let mut events = presented();
    for number in 0..u128::from(CODES_MAX) {
        events = after(events, OWNER.at(day(2)), send_code(zoe(), 100 + number));
    }
    given(events).when(OWNER.at(day(2)), send_code(zoe(), 200)).then_refused(Refusal::TooManyCodes);
}

#[test]
fn presenting_again_does_not_bring_codes_without_end() {
    let mut events = presented();
    for round in 0..2 {
        for number in 0..u128::from(CODES_MAX) {
            let id = 100 * (round + 1) + number;
            events = after(events, OWNER.at(day(2)), send_code(zoe(), id));
        }
        let another = document(36 + round, DocumentKind::Other);
        events = after(events, OWNER.at(day(2)), submit(another));
        let again = present(&events);
        events = after(events, OWNER.at(day(2)), again);
    }
    given(events.clone())
        .when(OWNER.at(day(2)), send_code(zoe(), 900))
        .then_refused(Refusal::TooManyCodesToday);
    after(events, OWNER.at(day(3)), send_code(zoe(), 901));
}

#[test]
fn nothing_is_sent_to_somebody_whose_data_was_erased() {
    given(forgotten(presented()))
        .when(OWNER.at(day(2)), send_code(zoe(), 61))
        .then_refused(Refusal::SignerForgotten);
}

#[test]
fn the_last_signature_sends_the_file() {
    given(coded())
        .when(OWNER.at(day(2)), sign(zoe(), 61, true))
        .then(events![signed_by(zoe(), 61), sent_to_us()]);
    assert_eq!(folded(&submitted()).review.stage, Stage::Waiting);
}

#[test]
fn the_file_is_sent_only_when_every_signer_has_signed() {
    let events = after(presented_to_two(), OWNER.at(day(2)), send_code(zoe(), 61));
    given(events.clone())
        .when(OWNER.at(day(2)), sign(zoe(), 61, true))
        .then(events![signed_by(zoe(), 61)]);
    let events = after(events, OWNER.at(day(2)), sign(zoe(), 61, true));
    assert_eq!(folded(&events).contract.missing_signers(), [associate()].into());
    let events = after(events, signer(associate(), day(2)), send_code(associate(), 62));
    given(events)
        .when(signer(associate(), day(2)), sign(associate(), 62, true))
        .then(events![signed_by(associate(), 62), sent_to_us()]);
}

#[test]
fn signing_again_changes_nothing() {
    let events = after(presented_to_two(), OWNER.at(day(2)), send_code(zoe(), 61));
    let events = after(events, OWNER.at(day(2)), sign(zoe(), 61, true));
    for events in [events, submitted()] {
        given(events).when(OWNER.at(day(2)), sign(zoe(), 61, true)).then_nothing();
    }
}

#[test]
fn once_the_file_is_sent_nobody_else_signs() {
    for command in [send_code(id(99), 61), sign(id(99), 61, true)] {
        given(submitted()).when(OWNER.at(day(3)), command).then_refused(Refusal::AlreadySubmitted);
    }
}

#[test]
fn what_is_signed_is_what_was_presented() {
    let other = Command::Sign {
        signer: zoe(),
        sha256: [8; 32],
        challenge: id(61),
        is_code_right: true,
        evidence: evidence(),
    };
    given(coded()).when(OWNER.at(day(2)), other).then_refused(Refusal::OtherContract);
}

#[test]
fn nobody_signs_without_a_code() {
    given(presented())
        .when(OWNER.at(day(2)), sign(zoe(), 61, true))
        .then_refused(Refusal::NoCodeSent);
}

#[test]
fn a_code_counts_for_ten_minutes() {
    let expiry = day(2) + TimeDelta::minutes(10);
    given(coded()).when(OWNER.at(expiry), sign(zoe(), 61, true)).then_refused(Refusal::CodeExpired);
    after(coded(), OWNER.at(expiry - second()), sign(zoe(), 61, true));
}

#[test]
fn only_the_newest_code_counts() {
    let events = after(coded(), OWNER.at(day(2)), send_code(zoe(), 62));
    given(events.clone())
        .when(OWNER.at(day(2)), sign(zoe(), 61, true))
        .then_refused(Refusal::CodeExpired);
    after(events, OWNER.at(day(2)), sign(zoe(), 62, true));
}

#[test]
fn a_wrong_code_is_counted_and_the_fifth_one_spends_it() {
    given(coded())
        .when(OWNER.at(day(2)), sign(zoe(), 61, false))
        .then(events![Event::SigningCodeRefused { signer: zoe(), challenge: id(61) }]);
    let mut events = coded();
    for attempt in 1..=CODE_ATTEMPTS_MAX {
        events = after(events, OWNER.at(day(2)), sign(zoe(), 61, false));
        if attempt == CODE_ATTEMPTS_MAX - 1 {
            after(events.clone(), OWNER.at(day(2)), sign(zoe(), 61, true));
        }
    }
    for is_code_right in [true, false] {
        given(events.clone())
            .when(OWNER.at(day(2)), sign(zoe(), 61, is_code_right))
            .then_refused(Refusal::CodeExpired);
    }
    // A new code starts anew.
    let events = after(events, OWNER.at(day(2)), send_code(zoe(), 62));
    after(events, OWNER.at(day(2)), sign(zoe(), 62, true));
}

#[test]
fn a_file_that_the_law_no_longer_finds_complete_is_not_signed() {
    // A quarter makes a beneficial owner from 10 July 2027, and this one is not recorded as such.
    let represent = client_file::Command::RecordPerson {
        person: zoe(),
        details: details("Zoé"),
        roles: [PersonRole::Representative].into(),
    };
    let declare = client_file::Command::DeclareOwnership { holdings: vec![share_of(zoe(), "25")] };
    let events = after(complete(), OWNER.at(day(1)), represent);
    let events = after(events, OWNER.at(day(1)), declare);
    let present = present(&events);
    let events = after(events, OWNER.at(day(2)), present);
    let eve = at("2027-07-09T21:59:00Z");
    let events = after(events, OWNER.at(eve), send_code(zoe(), 61));
    given(events.clone())
        .when(OWNER.at(at("2027-07-09T22:00:00Z")), sign(zoe(), 61, true))
        .then_refused(Refusal::RequirementsMissing);
    after(events, OWNER.at(eve), sign(zoe(), 61, true));
}

fn file_it() -> Command {
    Command::File { contract: id(41), document: id(51), sealed_sha256: [9; 32], size: 2_000 }
}

#[test]
fn a_contract_that_everybody_has_signed_is_filed_once() {
    let filed =
        Event::Filed { contract: id(41), document: id(51), sealed_sha256: [9; 32], size: 2_000 };
    given(submitted()).when(timer(day(3)), file_it()).then(events![filed]);
    let again =
        Command::File { contract: id(41), document: id(52), sealed_sha256: [1; 32], size: 1 };
    given(after(submitted(), timer(day(3)), file_it())).when(timer(day(4)), again).then_nothing();
}

#[test]
fn a_contract_is_filed_whatever_became_of_the_account() {
    for events in [live(), suspended(submitted()), forgotten(submitted())] {
        after(events, timer(day(40)), file_it());
    }
}

#[test]
fn a_contract_that_somebody_has_still_to_sign_is_not_filed() {
    given(coded()).when(timer(day(3)), file_it()).then_refused(Refusal::NotSigned);
    given(complete()).when(timer(day(3)), file_it()).then_refused(Refusal::NothingPresented);
    let other =
        Command::File { contract: id(42), document: id(51), sealed_sha256: [9; 32], size: 1 };
    given(submitted()).when(timer(day(3)), other).then_refused(Refusal::OtherContract);
}

#[test]
fn only_the_system_files_contracts() {
    for occasion in [OWNER.at(day(3)), CLARA.at(day(3)), visitor(day(3)), signer(zoe(), day(3))] {
        given(submitted()).when(occasion, file_it()).then_refused(Access::SystemOnly);
    }
}

#[test]
fn a_contract_whose_text_is_forgotten_is_not_signed() {
    let presented = Event::Presented {
        contract: id(41),
        terms_version: TERMS_VERSION,
        sealed_sha256: Some(sealed_sha256()),
        file_version: folded(&complete()).file.version,
        signers: [zoe()].into(),
        sha256: crate::Personal::Forgotten,
    };
    let mut events = complete();
    events.push(presented.into());
    let events = after(events, OWNER.at(day(2)), send_code(zoe(), 61));
    given(events)
        .when(OWNER.at(day(2)), sign(zoe(), 61, true))
        .then_refused(Refusal::OtherContract);
}
