//! The contract: a real PDF, signed by the person whose phone gets the code.

use serde_json::json;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_signed_contract_carries_a_page_of_evidence() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(api::demo::life::Stage::ReadyToSign).await.unwrap();
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let owner = api::demo::life::Owner { client, merchant };
    let file = owner.client.get(&owner.path("/client-file")).await.unwrap();
    let person = file.text("/people/0/id");
    life.sign(&owner, &person).await.unwrap();
    let signed = owner.client.get(&owner.path("/contract/pdf")).await.unwrap();
    let again = owner.client.get(&owner.path("/contract/pdf")).await.unwrap();
    assert_eq!(signed.body, again.body, "the same signatures give the same bytes");
    let contract = owner.client.get(&owner.path("/contract")).await.unwrap();
    assert_eq!(contract.json()["is_signed"], json!(true));
    let twice = owner.client.post(&owner.path("/contract"), json!({})).await.unwrap();
    assert_eq!(twice.code(), "contract_already_signed");
}
