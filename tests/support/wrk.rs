//! Load from outside the process: Debian's `wrk`, on the same processors.

#![allow(clippy::float_arithmetic, reason = "it measures")]

use std::path::Path;
use std::process::Command;

/// What one connection after the other asks, in turns.
#[derive(Clone)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub token: String,
    /// `{n}` in it becomes another number each time.
    pub body: Option<&'static str>,
    /// Of the tag that its sender has.
    pub if_none_match: Option<String>,
    /// Whether each request has an `Idempotency-Key` of its own.
    pub has_key: bool,
}

/// Where a merchant stands, asked by its owner.
pub fn get_onboarding(owner: &(String, String)) -> Ask {
    of_owner("GET", "/onboarding", owner)
}

/// What happened to a merchant, a page from the beginning.
pub fn get_feed(owner: &(String, String)) -> Ask {
    of_owner("GET", "/events/feed?limit=100", owner)
}

/// Another holder of the bank account each time.
pub fn put_account(owner: &(String, String)) -> Ask {
    let body = r#"{"iban":"FR7630006000011234567890189","holder":"Holder {n}"}"#;
    Ask { body: Some(body), ..of_owner("PUT", "/payout-account", owner) }
}

fn of_owner(method: &'static str, rest: &str, (merchant, token): &(String, String)) -> Ask {
    Ask {
        method,
        path: format!("/portal/v1/merchants/{merchant}{rest}"),
        token: token.clone(),
        body: None,
        if_none_match: None,
        has_key: false,
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Answers a second.
    pub rate: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Answers that were no success.
    pub failures: u64,
}

/// Numbers that were used before, so that no key and no change is the same twice.
static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
const NUMBERS_OF_A_RUN: u64 = 100_000_000;

/// Asks for some seconds. `None` if there is no `wrk` here.
pub fn ask(
    url: &str,
    asks: &[Ask],
    connections: usize,
    seconds: u64,
    scratch: &Path,
) -> Option<Figures> {
    let first = NEXT.fetch_add(NUMBERS_OF_A_RUN, std::sync::atomic::Ordering::Relaxed);
    let script = scratch.join("ask.lua");
    std::fs::write(&script, lua(asks, first)).unwrap();
    let output = Command::new("wrk")
        .args(["--threads", "1", "--latency"])
        .args(["--connections", &connections.to_string()])
        .args(["--duration", &format!("{seconds}s")])
        .arg("--script")
        .arg(&script)
        .arg(url)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let after = |label: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(label))?;
        line.trim_start().strip_prefix(label)?.split_whitespace().next().map(str::to_owned)
    };
    Some(Figures {
        rate: after("Requests/sec:").unwrap().parse().unwrap(),
        p50_ms: milliseconds(&after("50%").unwrap()),
        p99_ms: milliseconds(&after("99%").unwrap()),
        failures: after("Non-2xx or 3xx responses:").map_or(0, |count| count.parse().unwrap()),
    })
}

fn milliseconds(text: &str) -> f64 {
    let number = |unit: &str| text.strip_suffix(unit).and_then(|number| number.parse::<f64>().ok());
    number("us")
        .map(|us| us / 1_000.0)
        .or_else(|| number("ms"))
        .or_else(|| number("s").map(|s| s * 1_000.0))
        .unwrap_or_else(|| panic!("`{text}` is no time"))
}

/// The script gives `wrk` each request as it goes over the wire.
fn lua(asks: &[Ask], first: u64) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let rows: Vec<String> = asks
        .iter()
        .map(|ask| {
            let known = ask
                .if_none_match
                .as_ref()
                .map(|tag| format!("if-none-match: {}\\r\\n", tag.replace('"', "\\\"")));
            let head = format!(
                "{} {} HTTP/1.1\\r\\nhost: x\\r\\nauthorization: Bearer {}\\r\\n{}",
                ask.method,
                ask.path,
                ask.token,
                known.unwrap_or_default()
            );
            let (before, after) = match ask.body {
                Some(body) => body.split_once("{n}").unwrap_or((body, "")),
                None => ("", ""),
            };
            format!(
                "{{\"{head}\",{},{},{},{}}}",
                quoted(before),
                quoted(after),
                ask.body.is_some(),
                ask.has_key
            )
        })
        .collect();
    format!(
        r#"local asks = {{{rows}}}
local n = {first}
function request()
  n = n + 1
  local ask = asks[n % #asks + 1]
  local head = ask[1]
  if ask[5] then head = head .. "idempotency-key: bench-" .. n .. "\r\n" end
  if not ask[4] then return head .. "\r\n" end
  local body = ask[2] .. n .. ask[3]
  return head .. "content-type: application/json\r\ncontent-length: " .. #body
    .. "\r\n\r\n" .. body
end
"#,
        rows = rows.join(",\n")
    )
}
