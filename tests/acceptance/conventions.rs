//! What holds of every read and every answer: tags, languages, pages, compression, what is wrong with a
//! field.

use api::demo::client::{Answer, Client};
use api::demo::life::{Owner, Stage, console_path};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::World;

async fn in_test_mode(world: &World, index: usize) -> Owner {
    let life = world.life(index);
    life.live_until(Stage::Draft).await.unwrap();
    owner(world, index).await
}

async fn owner(world: &World, index: usize) -> Owner {
    let client = world.life(index).sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    Owner { client, merchant }
}

fn header(answer: &Answer, name: &str) -> String {
    let value = answer.headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_has_is_not_sent_again_until_it_is_another() {
    // The double knows no end of a stream, and answers in full.
    let world = World::embedded().await;
    let owner = in_test_mode(&world, 0).await;
    let stranger = in_test_mode(&world, 1).await;
    for rest in ["", "/onboarding", "/requirements", "/client-file", "/contract", "/services"] {
        let path = owner.path(rest);
        let first = owner.client.get(&path).await.unwrap().expect_success().unwrap();
        let has = |client: &Client| client.with("if-none-match", first.etag());
        let again = has(&owner.client).get(&path).await.unwrap();
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{rest}");
        assert_eq!(again.etag(), first.etag());
        let weak = owner.client.with("if-none-match", format!("\"x\", W/{}", first.etag()));
        assert_eq!(weak.get(&path).await.unwrap().status, 304, "{rest}");
        // Whoever is no member learns nothing of it.
        assert_eq!(has(&stranger.client).get(&path).await.unwrap().status, 404, "{rest}");
        let visitor = has(&world.client).get(&path).await.unwrap();
        assert_eq!(visitor.status, 401);
        // Other words, and another moment, are another answer.
        let english = has(&owner.client).with("accept-language", "en");
        assert_eq!(english.get(&path).await.unwrap().status, 200, "{rest}");
        let then = has(&owner.client).get(&format!("{path}?at_revision=1")).await.unwrap();
        assert_eq!(then.status, 200, "{rest}");
    }
    let path = owner.path("/onboarding");
    let before = owner.client.get(&path).await.unwrap();
    let has = owner.client.with("if-none-match", before.etag());
    let services = json!({"services": ["api", "terminal"]});
    owner.client.put(&owner.path("/services"), services).await.unwrap().expect_success().unwrap();
    let changed = has.get(&path).await.unwrap();
    assert_eq!(changed.status, 200);
    // What a file needs depends on the day.
    let has = owner.client.with("if-none-match", changed.etag());
    assert_eq!(has.get(&path).await.unwrap().status, 304);
    world.wait(TimeDelta::hours(24)).await;
    let owner = self::owner(&world, 0).await;
    let has = owner.client.with("if-none-match", changed.etag());
    assert_eq!(has.get(&path).await.unwrap().status, 200);
    // The tag serves a change, too.
    let shown = has.get(&path).await.unwrap().etag();
    let changes = owner.client.with("if-match", shown);
    let services = json!({"services": ["api"]});
    let put = changes.put(&owner.path("/services"), services.clone()).await.unwrap();
    assert_eq!(put.status, 200);
    assert_eq!(changes.put(&owner.path("/services"), services).await.unwrap().status, 412);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_long_is_compressed_unless_it_shows_a_secret() {
    let world = World::start().await;
    let owner = in_test_mode(&world, 0).await;
    let gzip = owner.client.with("accept-encoding", "br, gzip");
    let path = owner.path("/requirements");
    let (plain, packed) = (owner.client.get(&path).await.unwrap(), gzip.get(&path).await.unwrap());
    assert_eq!(header(&plain, "content-encoding"), "");
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    assert!(packed.body.len() * 3 < plain.body.len(), "{}", packed.body.len());
    let mut unpacked = vec![];
    let mut reader = flate2::read::GzDecoder::new(packed.body.as_slice());
    std::io::Read::read_to_end(&mut reader, &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    assert_eq!(packed.etag(), format!("W/{}", plain.etag()));
    assert!(header(&packed, "vary").contains("Accept-Encoding"));
    // Many test keys, which can be read at any time, are long and secret.
    for _ in 0..9 {
        let key = json!({"livemode": false});
        owner.client.post(&owner.path("/api-keys"), key).await.unwrap().expect_success().unwrap();
    }
    let keys = gzip.get(&owner.path("/api-keys")).await.unwrap();
    assert!(keys.body.len() > 1_400 && keys.text("/data/0/value").starts_with("stest_"));
    assert_eq!(header(&keys, "content-encoding"), "");
    let mails = world.client.with("accept-encoding", "gzip").with("accept", "application/json");
    let mails = mails.get("/dev/mailbox").await.unwrap();
    assert_eq!(header(&mails, "content-encoding"), "");
}

/// Follows the links, and collects what `key` says of each.
async fn follow(client: &Client, first: &str, key: &str) -> Vec<Value> {
    let (mut path, mut found) = (first.to_owned(), vec![]);
    loop {
        assert!(found.len() < 500, "{first} has no end");
        let page = client.get(&path).await.unwrap().expect_success().unwrap();
        let (body, link) = (page.json(), header(&page, "link"));
        found.extend(body["data"].as_array().unwrap().iter().map(|one| one[key].clone()));
        assert_eq!(link.is_empty(), body["next_cursor"].is_null(), "{path}");
        assert_eq!(body["has_more"].as_bool().unwrap(), !link.is_empty());
        let Some(next) = link.strip_prefix('<').and_then(|link| link.split_once(">; rel=\"next\""))
        else {
            return found;
        };
        path = next.0.to_owned();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lead_to_each_other_in_either_order_and_miss_nothing() {
    let world = World::start().await;
    world.life(0).live_until(Stage::InReview).await.unwrap();
    let owner = owner(&world, 0).await;
    let auditor = world.staff.auditor.client(&world.server.app).await.unwrap();
    for (client, path) in
        [(&owner.client, owner.path("/events")), (&auditor, console_path(&owner, "/events"))]
    {
        // A message may still be told of meanwhile.
        let known = follow(client, &format!("{path}?limit=100"), "id").await.len();
        let path = format!("{path}?at_revision={}", known - 1);
        let all = follow(client, &format!("{path}&limit=100"), "id").await;
        assert!(known > 20 && all.len() == known, "{path}");
        assert_eq!(all.iter().map(Value::to_string).collect::<BTreeSet<_>>().len(), all.len());
        for limit in [1, 7] {
            assert_eq!(follow(client, &format!("{path}&limit={limit}"), "id").await, all);
            let order = format!("{path}&order=newest_first&limit={limit}");
            let mut newest = follow(client, &order, "id").await;
            newest.reverse();
            assert_eq!(newest, all, "{order}");
        }
        let types = follow(client, &format!("{path}&limit=100"), "type").await;
        let of_file = |kind: &&Value| kind.as_str().unwrap().starts_with("client_file.");
        let wanted: Vec<&Value> = types.iter().filter(of_file).collect();
        assert!(!wanted.is_empty());
        let found = follow(client, &format!("{path}&type=client_file.&limit=3"), "type").await;
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted);
        assert!(follow(client, &format!("{path}&type=nothing."), "id").await.is_empty());
        let wrongs =
            ["order=backwards", "starting_after=x", "starting_after=99999", "limit=0", "limit=101"];
        for wrong in wrongs {
            let answer = client.get(&format!("{path}&{wrong}")).await.unwrap();
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (400, "malformed_request")
            );
        }
    }
    let merchants = follow(&auditor, "/console/v1/merchants?limit=1", "id").await;
    assert_eq!(merchants, [json!(owner.merchant)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_field_is_said_at_its_place_in_words_of_ours() {
    let world = World::start().await;
    let owner = in_test_mode(&world, 0).await;
    let path = owner.path("/ownership");
    for (body, pointer, code) in [
        (json!({"holdings": [], "extra": 1}), "/extra", "unknown_field"),
        (json!({}), "/holdings", "missing_field"),
        (json!({"holdings": "all"}), "/holdings", "wrong_type"),
        (json!({"holdings": [{"person": 7}]}), "/holdings/0/person", "wrong_type"),
    ] {
        let answer = owner.client.put(&path, body.clone()).await.unwrap();
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.text("/errors/0/pointer"), pointer, "{body}");
        assert_eq!(answer.text("/errors/0/code"), code, "{body}");
        let words = answer.text("/errors/0/detail");
        for foreign in ["expected", "field", "invalid", "missing", "struct", "sequence"] {
            assert!(!words.contains(foreign), "{words}");
        }
    }
    for (query, pointer, code) in [
        ("as_of=yesterday", "?as_of", "wrong_type"),
        ("at_revision=-1", "?at_revision", "wrong_type"),
        ("when=now", "?when", "unknown_field"),
    ] {
        let answer = owner.client.get(&owner.path(&format!("?{query}"))).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "malformed_request"));
        assert_eq!(answer.text("/errors/0/pointer"), pointer, "{}", answer.json());
        assert_eq!(answer.text("/errors/0/code"), code);
        assert!(answer.text("/detail").starts_with("Les paramètres"), "{}", answer.text("/detail"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_no_language_is_answered_in_that_of_their_account() {
    let world = World::start().await;
    let owner = in_test_mode(&world, 0).await;
    let nowhere = "/portal/v1/merchants/mer_00000000000000000000000000000000";
    let spoken = |answer: Answer| (header(&answer, "content-language"), answer.text("/detail"));
    let asked = |list: &'static str| owner.client.with("accept-language", list);
    let (code, french) = spoken(owner.client.get(nowhere).await.unwrap());
    assert_eq!((code.as_str(), french.contains("compte")), ("fr", true), "{french}");
    for list in ["en", "fr;q=0.1, en;q=0.9", "de, en-US"] {
        let (code, words) = spoken(asked(list).get(nowhere).await.unwrap());
        assert_eq!((code.as_str(), words.contains("merchant")), ("en", true), "{list}: {words}");
    }
    assert_eq!(spoken(asked("de, *").get(nowhere).await.unwrap()).0, "fr");
    // Who signed up in English is answered in English.
    // Every fourth of them signs up so.
    let english = in_test_mode(&world, 3).await.client;
    let (code, words) = spoken(english.get(nowhere).await.unwrap());
    assert_eq!((code.as_str(), words.contains("merchant")), ("en", true), "{words}");
    let answer = asked("en").get("/portal/v1/merchants").await.unwrap();
    assert_eq!(header(&answer, "content-language"), "en");
    assert!(header(&answer, "vary").contains("Accept-Language"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_how_often_one_may_ask_and_every_problem_where_it_is_explained() {
    let world = World::start().await;
    let refused = [
        world.client.get("/portal/v1/me").await.unwrap(),
        world.client.get("/nowhere").await.unwrap(),
        world.client.get("/v2/ping").await.unwrap(),
        world.client.delete("/portal/v1/me").await.unwrap(),
        world.client.post("/portal/v1/sessions", json!({})).await.unwrap(),
        world.client.get("/internal/v1/merchants/x/payout-account").await.unwrap(),
    ];
    let page = world.client.get("/docs/problems").await.unwrap();
    let page = String::from_utf8(page.body).unwrap();
    for answer in refused {
        let body = answer.json();
        assert!(header(&answer, "ratelimit").starts_with("\"default\";r="), "{body}");
        assert!(header(&answer, "ratelimit-policy").starts_with("\"default\";q="), "{body}");
        assert_eq!(header(&answer, "content-type"), "application/problem+json");
        let (at, anchor) = body["type"].as_str().unwrap().split_once('#').unwrap();
        assert_eq!((at, anchor), ("/docs/problems", answer.code().as_str()));
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor} is not explained");
        assert!(!body["request_id"].as_str().unwrap().is_empty());
    }
    let wrong_key = world.client.with("authorization", "basic c3Rlc3RfeDo=").get("/v2/ping").await;
    let wrong_key = wrong_key.unwrap();
    assert_eq!(header(&wrong_key, "www-authenticate"), "Basic realm=\"api\"");
    assert_eq!(wrong_key.text("/error/type"), "invalid_request_error");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_names_whom_and_what_it_speaks_of() {
    let world = World::start().await;
    world.life(0).live_until(Stage::InReview).await.unwrap();
    let owner = owner(&world, 0).await;
    let texts = async |client: &Client, path: &str, key: &str| {
        let texts = follow(client, path, key).await;
        texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>().join("\n")
    };
    let theirs = texts(&owner.client, &owner.path("/events?limit=100"), "text").await;
    let file = owner.client.get(&owner.path("/client-file")).await.unwrap().json();
    let details = &file["people"][0]["details"];
    let name = |field: &str| details[field].as_str().unwrap().to_owned();
    let name = format!("{} {}", name("first_name"), name("last_name"));
    assert!(theirs.contains(&format!("Contrat signé par {name}")), "{theirs}");
    assert!(theirs.contains(&format!("pièce d'identité ({name})")), "{theirs}");
    let officer = world.staff.officer.client(&world.server.app).await.unwrap();
    let me = officer.get("/console/v1/me").await.unwrap();
    let assigned = json!({"staff": me.text("/id")});
    let path = console_path(&owner, "/case/assign");
    officer.post(&path, assigned).await.unwrap().expect_success().unwrap();
    let ours = texts(&officer, &console_path(&owner, "/events?limit=100"), "english").await;
    assert!(ours.contains(&format!("Case assigned to {}", me.text("/name"))), "{ours}");
    for said in [theirs, ours] {
        assert!(
            !said.contains("per_") && !said.contains("stf_") && !said.contains("UTC"),
            "{said}"
        );
    }
}

/// The reference is read where there is no network.
#[tokio::test(flavor = "multi_thread")]
async fn the_reference_needs_nobody_else() {
    let world = World::start().await;
    let page = world.client.get("/docs/").await.unwrap().expect_success().unwrap();
    let text = String::from_utf8(page.body.clone()).unwrap();
    for tag in ["src=\"", "href=\""] {
        for named in text.split(tag).skip(1) {
            let file = named.split('"').next().unwrap().trim_start_matches("./");
            assert!(!file.contains("//"), "{file} lies elsewhere");
            let answer = world.client.get(&format!("/docs/{file}")).await.unwrap();
            assert_eq!(answer.status, 200, "{file}");
        }
    }
    let policy = header(&page, "content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let begin = world.client.get("/docs/swagger-initializer.js").await.unwrap();
    let begin = String::from_utf8(begin.body).unwrap();
    for document in tests::documented::DOCUMENTS {
        assert!(begin.contains(document), "{document} is not read");
    }
    for nowhere in ["/docs/nothing.js", "/docs/../Cargo.toml", "/docs/%2e%2e/Cargo.toml"] {
        assert_eq!(world.client.get(nowhere).await.unwrap().status, 404, "{nowhere}");
    }
}

/// A tag is of a merchant. Of anything else it would tell whether somebody is there.
#[tokio::test(flavor = "multi_thread")]
async fn no_tag_tells_a_visitor_who_has_an_account() {
    let world = World::start().await;
    world.life(0).live_until(Stage::Test).await.unwrap();
    let known = world.life(0).email;
    let many: Vec<String> = (0..100).map(|number| format!("\"{number}\"")).collect();
    for tag in ["\"x\"".to_owned(), "\"0\"".to_owned(), many.join(", ")] {
        let client = world.client.with("if-match", tag);
        for (path, password) in [
            ("/portal/v1/password-resets", None),
            ("/portal/v1/activation-links", None),
            ("/portal/v1/registrations", Some("cheval pile agrafe correct")),
            ("/portal/v1/sessions", Some("not the password at all")),
        ] {
            let ask = async |email: &str| {
                let mut body = json!({"email": email});
                if let Some(password) = password {
                    body["password"] = json!(password);
                }
                let answer = client.post(path, body).await.unwrap();
                (answer.status.as_u16(), answer.code(), answer.text("/message"))
            };
            assert_eq!(ask(&known).await, ask("nobody@example.com").await, "{path}");
        }
    }
    let list = json!(["marie@example.com"]);
    let answer = world.client.post("/portal/v1/password-resets", list).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "invalid_fields"));
}
