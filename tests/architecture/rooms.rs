//! Rooms: each has its place in every crate, and its refusals are explained.

use crate::{read, root};
use domain::Coded;
use store::codec::ROOMS;

fn is_there(path: &str) -> bool {
    let files = [format!("{path}.rs"), format!("{path}/mod.rs")];
    files.iter().any(|file| root().join(file).exists())
}

/// The rooms of which somebody asks something: messages and claims on addresses are ours alone.
fn asked() -> impl Iterator<Item = &'static str> {
    ROOMS.iter().copied().filter(|room| !["messages", "email_claim"].contains(room))
}

/// A room without much keeps its state in `mod.rs`.
#[test]
fn every_room_has_its_place_in_every_crate() {
    for room in asked() {
        for file in ["mod.rs", "command.rs", "event.rs", "decide.rs", "tests.rs"] {
            read(&format!("domain/src/{room}/{file}"));
        }
        read(&format!("docs/lifecycle/{room}.md"));
        let surfaces = ["portal/v1", "console/v1"];
        let has_routes =
            surfaces.iter().any(|surface| is_there(&format!("api/src/{surface}/{room}")));
        assert!(has_routes, "{room} has no routes");
    }
    for room in ROOMS.iter().filter(|room| **room != "email_claim") {
        assert!(is_there(&format!("store/src/codec/{room}")), "{room} has no shapes");
        assert!(
            is_there(&format!("projections/src/views/account_ledger/{room}")),
            "{room} has no sentences"
        );
        assert!(is_there(&format!("domain/tests/lives/{room}")), "nobody lives in {room}");
    }
}

#[test]
fn every_refusal_is_explained_on_its_lifecycle_page() {
    fn codes<R: Coded>() -> Vec<&'static str> {
        R::ALL.iter().map(|refusal| refusal.code()).collect()
    }
    let mut pages: Vec<(&str, Vec<&str>)> = domain::merchant::refusals()
        .into_iter()
        .map(|(room, refusal)| (room, vec![refusal.words().0]))
        .collect();
    pages.extend([
        ("registration", codes::<domain::access::Refusal>()),
        ("user", codes::<domain::user::Refusal>()),
        ("staff", codes::<domain::staff::Refusal>()),
    ]);
    for (room, codes) in pages {
        let page = read(&format!("docs/lifecycle/{room}.md"));
        for code in codes {
            assert!(page.contains(&format!("`{code}`")), "{room}.md does not explain `{code}`");
        }
    }
}
