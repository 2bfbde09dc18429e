//! The contract: a real PDF, signed by the person whose phone gets the code.

use api::demo::life::{Life, Owner, Stage, console_path};
use api::use_cases::contract;
use domain::contract::{Command, Evidence};
use domain::merchant::State;
use domain::{Actor, ChallengeId, Channel, CommandId, Id, MerchantId, Occasion};
use hayro_syntax::Pdf;
use serde_json::json;
use std::sync::Arc;
use store::documents::blob_id;
use store::{AsOf, Merchant, Request};
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_is_what_was_presented() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    let too_early = owner.client.post(&owner.path("/contract"), json!({})).await.unwrap();
    assert_eq!(
        (too_early.status.as_u16(), too_early.code().as_str()),
        (409, "requirements_missing")
    );
    let person = life.fill_file(&owner).await.unwrap();
    life.hand_in_documents(&owner, &person).await.unwrap();

    let contract = owner.client.post(&owner.path("/contract"), json!({})).await.unwrap();
    let pdf = owner.client.get(&owner.path("/contract/pdf")).await.unwrap();
    assert!(pdf.body.starts_with(b"%PDF-"));
    let asked = json!({"person": person});
    let sent = owner.client.post(&owner.path("/contract/codes"), asked).await.unwrap();
    assert_eq!(sent.status, 201);
    let sign = |sha256: String, code: &'static str| {
        let (client, path) = (owner.client.clone(), owner.path("/contract/signatures"));
        let body = json!({"person": person, "sha256": sha256, "code": code});
        async move { client.post(&path, body).await.unwrap() }
    };
    let other = sign("0".repeat(64), "000000").await;
    assert_eq!((other.status.as_u16(), other.code().as_str()), (409, "other_contract"));
    // At least one of these two is wrong, whatever the code is.
    let first = sign(contract.text("/sha256"), "000000").await;
    let second = sign(contract.text("/sha256"), "000001").await;
    assert!([first.code(), second.code()].contains(&"wrong_code".to_owned()));
}

/// The merchant of `life`, whose file waits for a signature, and the one who has to sign.
async fn ready_to_sign(life: &Life<'_>) -> (Owner, String) {
    life.live_until(Stage::ReadyToSign).await.unwrap();
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let owner = Owner { client, merchant };
    let file = owner.client.get(&owner.path("/client-file")).await.unwrap();
    let person = file.text("/people/0/id");
    (owner, person)
}

fn pages(pdf: &[u8]) -> usize {
    Pdf::new(Arc::new(pdf.to_vec())).unwrap().pages().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signed_contract_is_what_was_presented_with_a_page_of_evidence() {
    let world = World::start().await;
    let life = world.life(0);
    let (owner, person) = ready_to_sign(&life).await;
    owner.client.post(&owner.path("/contract"), json!({})).await.unwrap();
    let presented = owner.client.get(&owner.path("/contract/pdf")).await.unwrap();
    life.sign(&owner, &person).await.unwrap();
    let signed = owner.client.get(&owner.path("/contract/pdf")).await.unwrap();
    assert_eq!(pages(&signed.body), pages(&presented.body) + 1);
    let contract = owner.client.get(&owner.path("/contract")).await.unwrap();
    assert_eq!(contract.json()["is_signed"], json!(true));
    let twice = owner.client.post(&owner.path("/contract"), json!({})).await.unwrap();
    assert_eq!(twice.code(), "contract_already_signed");
}

/// The file is what is downloaded: nothing of it is made again by today's terms, fonts or libraries.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_contract_is_the_same_file_for_ever() {
    let world = World::start().await;
    let life = world.life(0);
    let (owner, person) = ready_to_sign(&life).await;
    life.sign(&owner, &person).await.unwrap();
    let signed = owner.client.get(&owner.path("/contract/pdf")).await.unwrap();
    let id: MerchantId = Id::parse(&owner.merchant).unwrap();
    let app = &world.server.app;
    let state = app.store.load::<Merchant>(id, AsOf::Now).await.unwrap().state;
    let filed = state.contract.filed.expect("it is filed with the last signature");
    let stored =
        app.documents.get(blob_id(filed.document), id.into(), &filed.sealed_sha256).await.unwrap();
    assert_eq!(stored, signed.body);
    assert_eq!(filed.size, signed.body.len() as u64);
    // Filing again, as a timer would after a crash, changes nothing.
    contract::file(app, id, app.clock.now()).await.unwrap();
    let again = app.store.load::<Merchant>(id, AsOf::Now).await.unwrap().state;
    assert_eq!(again.contract.filed, Some(filed));
    // As staff read it, and years later.
    let staff = life.console(&world.staff.analyst).await.unwrap();
    let theirs = staff.get(&console_path(&owner, "/contract/pdf")).await.unwrap();
    assert_eq!(theirs.body, signed.body);
}

/// A crash between the last signature and its filing, or a contract of before: its timer files it.
#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_was_signed_before_is_filed_by_its_timer() {
    let world = World::start().await;
    let life = world.life(0);
    let (owner, person) = ready_to_sign(&life).await;
    let paper = owner.client.post(&owner.path("/contract"), json!({})).await.unwrap();
    let id: MerchantId = Id::parse(&owner.merchant).unwrap();
    let (app, signer) = (&world.server.app, Id::parse(&person).unwrap());
    // Signed as the rules sign, without what follows outside.
    let occasion = |state: &State| {
        let user = state.account.owner.unwrap();
        Occasion::new(Actor::User(user), Channel::Portal, app.clock.now())
    };
    let state = app.store.load::<Merchant>(id, AsOf::Now).await.unwrap().state;
    let challenge = ChallengeId::from_u128(7);
    let send = Command::SendCode { signer, challenge };
    let request = |number| Request::new(CommandId::from_u128(number));
    let by = occasion(&state);
    app.store.execute::<Merchant>(id, send.into(), &by, &request(1)).await.unwrap();
    let sha256 = *state.contract.presented.as_ref().unwrap().sha256.known().unwrap();
    assert_eq!(paper.text("/sha256"), hex::encode(sha256));
    let evidence = Evidence {
        ip_address: "192.0.2.1".to_owned(),
        user_agent: "test".to_owned(),
        mobile: "+33".to_owned(),
    };
    let sign = Command::Sign { signer, sha256, challenge, is_code_right: true, evidence };
    app.store.execute::<Merchant>(id, sign.into(), &by, &request(2)).await.unwrap();
    for _ in 0..500 {
        let answer = owner.client.get(&owner.path("/contract/pdf")).await.unwrap();
        if answer.status == 200 {
            assert!(pages(&answer.body) > 1);
            return;
        }
        assert_eq!(answer.code(), "contract_being_filed");
        api::processes::timers::fire_due(app).await;
    }
    panic!("it was never filed");
}
