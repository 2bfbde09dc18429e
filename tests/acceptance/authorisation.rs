//! Who may do what with a bank account and with contacts: every operation, asked by everybody, each cell
//! stated. What the account's status allows is a table beside the rules
//! (`a_change_is_made_where_the_company_changes_by_request`).

use api::demo::client::Client;
use api::demo::life::Stage;
use serde_json::{Value, json};
use tests::World;

const NEW: &str = "FR1420041010050500013M02606";

/// Who asks, in the order of the columns: nobody; a session that has ended; the owner of another
/// merchant; the owner; an API key; support; an analyst; an officer; an auditor; an engineer; an
/// administrator; the payment service.
const COLUMNS: usize = 12;

/// What each is answered. The change is confirmed, and nobody has a proof in their session.
/// - 401: they have not signed in here. 404: a stranger learns nothing.
/// - 403 of the owner: a code is needed; of staff: their role does not allow it.
/// - 409: they may, and it is not the moment. 422: they may, and the body says nothing.
#[rustfmt::skip]
const TABLE: &[(&str, &str, [u16; COLUMNS])] = &[
    //                                                   none  end other owner key supp anal offi audi engi admi serv
    ("GET",    "/portal/v1/merchants/M/bank-account",               [401, 401, 404, 200, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("UPLOAD", "/portal/v1/merchants/M/bank-account-changes",       [401, 401, 404, 403, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("GET",    "/portal/v1/merchants/M/bank-account-changes/C",     [401, 401, 404, 200, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("GET",    "/portal/v1/merchants/M/bank-account-changes/C/rib", [401, 401, 404, 200, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("POST",   "/portal/v1/merchants/M/bank-account-changes/C/confirmation", [401, 401, 404, 403, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("GET",    "/console/v1/bank-account-changes",                  [401, 401, 401, 401, 401, 403, 200, 200, 200, 403, 403, 401]),
    ("GET",    "/console/v1/merchants/M/bank-account",              [401, 401, 401, 401, 401, 200, 200, 200, 200, 403, 403, 401]),
    ("GET",    "/console/v1/merchants/M/bank-account-changes/C/rib", [401, 401, 401, 401, 401, 200, 200, 200, 200, 403, 403, 401]),
    ("POST",   "/console/v1/merchants/M/bank-account-changes/C/activation", [401, 401, 401, 401, 401, 403, 403, 409, 403, 403, 403, 401]),
    ("POST",   "/console/v1/merchants/M/bank-account-changes/C/verification", [401, 401, 401, 401, 401, 403, 200, 200, 403, 403, 403, 401]),
    ("POST",   "/console/v1/merchants/M/bank-account-changes/C/refusal", [401, 401, 401, 401, 401, 403, 200, 200, 403, 403, 403, 401]),
    ("POST",   "/portal/v1/merchants/M/bank-account-changes/C/cancellation", [401, 401, 404, 409, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("GET",    "/internal/v1/merchants/M/payout-account",           [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 200]),
    ("POST",   "/portal/v1/strong-authentications",                 [401, 401, 404, 201, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("POST",   "/portal/v1/strong-authentications/confirmation",    [401, 401, 409, 422, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("POST",   "/portal/v1/me/email-changes",                       [401, 401, 403, 403, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("POST",   "/portal/v1/me/mobile-changes",                      [401, 401, 403, 403, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("POST",   "/portal/v1/me/mobile-changes/codes",                [401, 401, 409, 409, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("POST",   "/portal/v1/me/mobile-changes/confirmation",         [401, 401, 409, 409, 401, 401, 401, 401, 401, 401, 401, 401]),
    ("DELETE", "/portal/v1/me/contact-changes/cch_00000000000000000000000000000001", [401, 401, 409, 409, 401, 401, 401, 401, 401, 401, 401, 401]),
];

fn body_of(path: &str, merchant: &str, change: &str) -> Value {
    let last = path.rsplit('/').next().unwrap();
    match last {
        "confirmation" if path.contains("bank-account") => json!({"recap": "x"}),
        "confirmation" => json!({"code": "000000"}),
        "verification" => json!({"rationale": "La banque confirme."}),
        "refusal" => json!({"reason": "holder_differs", "public_text": "Un autre titulaire."}),
        "strong-authentications" => json!({"action": "confirm_bank_account_change",
                                           "merchant": merchant, "change": change}),
        "email-changes" => json!({"email": "autre@example.org"}),
        "mobile-changes" => json!({"mobile": "+33698765432"}),
        _ => json!({}),
    }
}

async fn asked(client: &Client, method: &str, path: &str, body: Value) -> u16 {
    let answer = match method {
        "UPLOAD" => client.upload(path, &[("iban", NEW)], b"%PDF-1.7").await,
        "GET" => client.get(path).await,
        _ => {
            let method = method.parse().unwrap();
            client.raw(method, path, "application/json", body.to_string()).await
        }
    };
    answer.unwrap().status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_answered_as_the_table_says() {
    let world = World::start().await;
    let app = &world.server.app;
    let life = world.life(0);
    life.live_until(Stage::ChangingAccount).await.unwrap();
    let other = world.life(1);
    other.live_until(Stage::Live).await.unwrap();
    let owner = life.sign_in().await.unwrap();
    let merchant = owner.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let known = owner.get(&format!("/portal/v1/merchants/{merchant}/bank-account")).await.unwrap();
    let change = known.text("/change/id");
    let path = format!("/portal/v1/merchants/{merchant}/api-keys");
    let keys = owner.get(&path).await.unwrap().json();
    let key = keys["data"].as_array().unwrap().iter().find_map(|key| key["value"].as_str());
    let ended = life.sign_in().await.unwrap();
    assert_eq!(ended.delete("/portal/v1/sessions/current").await.unwrap().status, 204);
    let staff = &world.staff;
    let mut callers =
        vec![world.client.clone(), ended, other.sign_in().await.unwrap(), owner.clone()];
    callers.push(world.client.signed_in(key.unwrap().to_owned()));
    for colleague in [
        &staff.support,
        &staff.analyst,
        &staff.officer,
        &staff.auditor,
        &staff.engineer,
        &staff.administrator,
    ] {
        callers.push(colleague.client(app).await.unwrap());
    }
    callers.push(world.client.signed_in("internal".to_owned()));
    assert_eq!(callers.len(), COLUMNS);
    let mut wrong = vec![];
    for (method, path, row) in TABLE {
        let path = path.replace("/M", &format!("/{merchant}")).replace("/C", &format!("/{change}"));
        for (number, (caller, expected)) in callers.iter().zip(row).enumerate() {
            let body = body_of(&path, &merchant, &change);
            let found = asked(caller, method, &path, body).await;
            if found != *expected {
                wrong.push(format!("{method} {path}, column {number}: {found}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// No operation of these rooms is without its row.
#[tokio::test(flavor = "multi_thread")]
async fn every_operation_of_these_rooms_has_its_row() {
    let world = World::start().await;
    let rows: Vec<String> = TABLE.iter().map(|(_, path, _)| path.to_string()).collect();
    for document in ["/portal/v1/openapi.json", "/console/v1/openapi.json"] {
        let document = world.client.get(document).await.unwrap().json();
        for path in document["paths"].as_object().unwrap().keys() {
            let is_ours = ["bank-account", "/me/email", "/me/mobile-changes", "contact-changes"]
                .iter()
                .any(|part| path.contains(part));
            let shape = path.replace("{merchant}", "M").replace("{change}", "C");
            let is_there = rows.iter().any(|row| {
                row == &shape
                    || row.starts_with(shape.trim_end_matches('C')) && shape.ends_with('C')
            });
            assert!(!is_ours || is_there, "{path} has no row");
        }
    }
}
