//! Structure is tested: the arrows between crates, the rooms in every crate, the routes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is the result")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn arrows_between_crates_point_to_the_left_only() {
    let order = ["domain", "store", "projections", "api", "replay-tool", "tests"];
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("domain", &[][..]),
        ("store", &["domain"][..]),
        ("projections", &["domain", "store"][..]),
        ("api", &["domain", "store", "projections"][..]),
        ("replay-tool", &["domain", "store", "projections"][..]),
        ("tests", &["domain", "store", "projections", "api"][..]),
    ]);
    for name in order {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let used: BTreeSet<&str> = order
            .into_iter()
            .filter(|other| manifest.contains(&format!("\n{other}.workspace")))
            .collect();
        let allowed: BTreeSet<&str> = allowed[name].iter().copied().collect();
        assert!(used.is_subset(&allowed), "{name} uses {used:?}, may use {allowed:?}");
    }
}

#[test]
fn the_domain_knows_no_disk_no_network_and_no_clock() {
    let manifest = read("domain/Cargo.toml");
    for forbidden in ["tokio", "serde", "rusqlite", "axum", "rand", "getrandom"] {
        assert!(!manifest.contains(&format!("\n{forbidden}")), "domain uses {forbidden}");
    }
    for path in rust_files(&root().join("domain/src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for forbidden in ["async fn", "Utc::now", "std::fs", "std::net", "Serialize"] {
            assert!(!text.contains(forbidden), "{} has `{forbidden}`", path.display());
        }
    }
}

#[test]
fn nothing_above_the_store_knows_which_engine_it_runs_on() {
    for directory in ["projections/src", "api/src", "replay-tool/src"] {
        for path in rust_files(&root().join(directory)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for engine in ["sqlite", "Sqlite", "EventStore", "eventstoredb::", "MemoryLedger"] {
                assert!(!code.contains(engine), "{} names {engine}", path.display());
            }
        }
    }
}

#[test]
fn every_room_has_its_place_in_every_crate() {
    let rooms = [
        "registration",
        "client_file",
        "contract",
        "review",
        "services",
        "api_keys",
        "user",
        "staff",
    ];
    for room in rooms {
        for file in ["mod.rs", "command.rs", "event.rs", "state.rs", "decide.rs", "tests.rs"] {
            read(&format!("domain/src/{room}/{file}"));
        }
        read(&format!("store/src/codec/{room}.rs"));
        read(&format!("docs/lifecycle/{room}.md"));
        let outside =
            [format!("api/src/portal/v1/{room}.rs"), format!("api/src/console/v1/{room}.rs")];
        assert!(outside.iter().any(|path| root().join(path).exists()), "{room} has no routes");
    }
}

#[test]
fn every_refusal_is_explained_on_its_lifecycle_page() {
    use domain::Coded;
    fn codes<R: Coded>() -> Vec<&'static str> {
        R::ALL.iter().map(|refusal| refusal.code()).collect()
    }
    let pages = [
        ("registration", codes::<domain::registration::Refusal>()),
        ("registration", codes::<domain::access::Refusal>()),
        ("client_file", codes::<domain::client_file::Refusal>()),
        ("contract", codes::<domain::contract::Refusal>()),
        ("review", codes::<domain::review::Refusal>()),
        ("services", codes::<domain::services::Refusal>()),
        ("api_keys", codes::<domain::api_keys::Refusal>()),
        ("user", codes::<domain::user::Refusal>()),
        ("staff", codes::<domain::staff::Refusal>()),
    ];
    for (room, codes) in pages {
        let page = read(&format!("docs/lifecycle/{room}.md"));
        for code in codes {
            assert!(page.contains(&format!("`{code}`")), "{room}.md does not explain `{code}`");
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_nothing_is_left_to_do() {
    for directory in ["domain", "store", "projections", "api", "replay-tool", "tests"] {
        for path in rust_files(&root().join(directory)) {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
            for forbidden in
                [concat!("to", "do!("), concat!("unimple", "mented!("), concat!("db", "g!(")]
            {
                assert!(!text.contains(forbidden), "{} has {forbidden}", path.display());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_of_the_documents_answers_and_asks_who_it_is() {
    let world = tests::World::start().await;
    // Open to visitors on purpose; everything else asks for a session.
    let open: BTreeSet<&str> = BTreeSet::from([
        "/portal/v1/registrations",
        "/portal/v1/activation-links",
        "/portal/v1/activations",
        "/portal/v1/password-resets",
        "/portal/v1/password-changes",
        "/portal/v1/sessions",
        "/console/v1/invitations/open",
        "/console/v1/invitations/accept",
        "/console/v1/sessions",
    ]);
    let mut operations = 0;
    for document in ["/portal/v1/openapi.json", "/console/v1/openapi.json"] {
        let document = world.client.get(document).await.unwrap().json();
        assert_eq!(document["openapi"], "3.1.0");
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                operations += 1;
                let method = method.to_uppercase().parse().unwrap();
                let target = path.replace(['{', '}'], "x");
                let kind = "application/json";
                let answer = world.client.raw(method, &target, kind, "{}").await.unwrap();
                let status = answer.status.as_u16();
                if open.contains(path.as_str()) && status != 401 {
                    assert_eq!(status, 422, "{path}");
                } else {
                    assert_eq!(status, 401, "{path} answers a visitor {status}");
                }
            }
        }
    }
    assert!(operations > 60, "{operations}");
}
