//! Rooms: each has its place in every crate, and its refusals are explained.

use crate::{read, root};

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
        let is_there = |path: String| {
            let files = [format!("{path}.rs"), format!("{path}/mod.rs")];
            files.iter().any(|file| root().join(file).exists())
        };
        let surfaces = ["portal/v1", "console/v1"];
        let has_routes =
            surfaces.iter().any(|surface| is_there(format!("api/src/{surface}/{room}")));
        assert!(has_routes, "{room} has no routes");
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
