//! Arrows: between the crates, and between the modules of `api`.

use crate::{read, root, rust_files};
use std::collections::{BTreeMap, BTreeSet};

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

/// What merchants read is made where nothing of ours can be named.
#[test]
fn what_merchants_read_knows_nothing_of_what_staff_read() {
    for path in rust_files(&root().join("projections/src/views/portal")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for ours in ["views::console", "RejectionReason", "ProposalKind", "for_staff", "for_any"] {
            assert!(!text.contains(ours), "{} names {ours}", path.display());
        }
    }
}

/// What each module of `api` may use of the others. Each row names only what stands above it, so that
/// there is no cycle.
const API: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("heavy", &[]),
    ("holders", &[]),
    ("in_flight", &[]),
    ("outbox", &[]),
    ("supervision", &[]),
    ("systemd", &[]),
    ("texts", &[]),
    ("client", &[]),
    ("metrics", &[]),
    ("providers", &[]),
    ("limits", &["client", "clock"]),
    ("connections", &["client", "holders"]),
    ("config", &["client", "providers"]),
    ("auth", &["clock", "config", "heavy"]),
    ("documents", &["holders"]),
    ("error", &["auth", "documents", "heavy"]),
    (
        "app",
        &[
            "auth",
            "clock",
            "config",
            "documents",
            "error",
            "heavy",
            "holders",
            "in_flight",
            "limits",
            "metrics",
            "outbox",
            "providers",
            "supervision",
        ],
    ),
    ("messages", &["app", "error", "texts"]),
    ("use_cases", &["app", "auth", "client", "documents", "error", "messages"]),
    (
        "http",
        &[
            "app",
            "auth",
            "client",
            "documents",
            "error",
            "in_flight",
            "limits",
            "metrics",
            "use_cases",
        ],
    ),
    ("processes", &["app", "messages", "outbox", "providers", "supervision", "use_cases"]),
    // The surfaces: none knows another.
    ("portal", &["app", "auth", "error", "http", "use_cases"]),
    ("console", &["app", "auth", "http", "use_cases"]),
    ("pages", &["app", "auth", "http", "texts", "use_cases"]),
    ("payment", &["app", "http", "use_cases"]),
    ("internal", &["app", "http", "use_cases"]),
    ("reports", &["app", "auth", "http", "limits", "messages", "providers", "use_cases"]),
    ("operations", &["app", "auth", "http", "limits", "metrics", "outbox", "supervision"]),
    ("words", &["http", "messages", "pages"]),
    ("openapi", &["app", "auth", "documents", "http"]),
    // Who turns the clock waits for the timers.
    ("dev", &["app", "clock", "http", "processes"]),
    (
        "router",
        &[
            "app",
            "console",
            "dev",
            "http",
            "internal",
            "openapi",
            "operations",
            "pages",
            "payment",
            "portal",
            "reports",
        ],
    ),
    ("reconcile", &["app"]),
    (
        "serve",
        &[
            "app",
            "clock",
            "config",
            "connections",
            "operations",
            "outbox",
            "processes",
            "reconcile",
            "router",
            "supervision",
            "systemd",
            "use_cases",
        ],
    ),
    ("backup", &["clock", "config", "documents"]),
    ("demo", &["app", "auth", "clock", "config", "documents", "router", "serve"]),
];

#[test]
fn arrows_inside_the_api_point_one_way() {
    let mut known = BTreeSet::new();
    for (module, uses) in API {
        let above: Vec<_> = uses.iter().filter(|used| !known.contains(*used)).collect();
        assert!(above.is_empty(), "{module} may use {above:?}, which stands below it");
        known.insert(module);
    }
    let allowed: BTreeMap<&str, &[&str]> = API.iter().copied().collect();
    let source = root().join("api/src");
    for path in rust_files(&source) {
        let place = path.strip_prefix(&source).unwrap();
        let first = place.iter().next().unwrap().to_str().unwrap();
        let module = first.strip_suffix(".rs").unwrap_or(first);
        if ["lib", "main"].contains(&module) {
            continue;
        }
        let allowed = allowed.get(module).unwrap_or_else(|| panic!("{module} has no place"));
        for used in modules_named(&std::fs::read_to_string(&path).unwrap()) {
            let is_allowed = used == module || allowed.contains(&used.as_str());
            assert!(is_allowed, "{} uses {used}, which {module} may not know", place.display());
        }
    }
}

/// The modules of the same crate that a file names, tests apart.
fn modules_named(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let mut named = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        for name in heads(rest) {
            named.extend(name.split(|c: char| !is_of_name(c)).next().map(str::to_owned));
        }
    }
    named.remove("");
    named
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What stands right behind a path's beginning: of a group each part, otherwise the first alone.
fn heads(rest: &str) -> Vec<&str> {
    let Some(group) = rest.strip_prefix('{') else { return vec![rest] };
    let (mut depth, mut begin, mut heads) = (0, 0, vec![]);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                heads.push(group[begin..at].trim());
                begin = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads
}

#[test]
fn every_name_of_a_nested_group_is_seen() {
    let text =
        "use crate::{a::{B, C}, portal, c::D};\nuse crate::app::App;\nlet x = crate::heavy();";
    let named: Vec<String> = modules_named(text).into_iter().collect();
    assert_eq!(named, ["a", "app", "c", "heavy", "portal"]);
}
