//! The connection string: the client's own, checked for what the client would stumble over.

use crate::ledger::StreamId;
use eventstore::{ClientSettings, ClientSettingsParseError, Credentials};
use std::fmt;
use std::time::Duration;

/// The ledger's name on the server, unless the connection string says another (`ledger=…`).
const LEDGER: &str = "greffe";
/// How long one answer may take, unless the connection string says otherwise (`defaultDeadline=…`).
const DEADLINE: Duration = Duration::from_secs(5);
/// However the discovery is set, a client that never answers is made anew after this.
const DISCOVERY_MAX: Duration = Duration::from_secs(30);
/// How many deadlines a caller waits in all, while the server comes back or a leader is found.
const PATIENCE_DEADLINES: u32 = 2;

/// What the client would only warn of and ignore, we refuse: a misspelt name is a wrong setting.
const PARAMETERS: [&str; 14] = [
    "tls",
    "tlsVerifyCert",
    "tlsCaFile",
    "userCertFile",
    "userKeyFile",
    "nodePreference",
    "defaultDeadline",
    "maxDiscoverAttempts",
    "discoveryInterval",
    "gossipTimeout",
    "keepAliveInterval",
    "keepAliveTimeout",
    "connectionName",
    "ledger",
];

#[derive(Clone)]
pub struct Settings {
    client: ClientSettings,
    /// User and password, when the client would not read them right.
    credentials: Option<Credentials>,
    ledger: String,
    deadline: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the connection string cannot be read: {0}")]
    Unreadable(String),
    #[error("`{0}` is not a name for a ledger: 1 to 64 of a-z, 0-9 and _")]
    LedgerName(String),
    #[error("there is no parameter `{0}`; there are {known}", known = PARAMETERS.join(", "))]
    Parameter(String),
    #[error("defaultDeadline={0}: give the milliseconds that one answer may take, 1 or more")]
    Deadline(String),
    #[error(
        "defaultDeadline of {deadline:?}: give at least twice the discoveryInterval, {interval:?}"
    )]
    Hasty { deadline: Duration, interval: Duration },
    #[error("{parameter}={path}: {reason}")]
    File { parameter: &'static str, path: String, reason: String },
}

/// Says where, but never the password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("hosts", &self.hosts())
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads `esdb://user:password@host:2113,…?tls=true&…`; to the client's own parameters comes
    /// `ledger`, the name under which several ledgers can lie on one server.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        check_parameters(text)?;
        let (text, ledger) = without_parameter(text, "ledger");
        let ledger = ledger.unwrap_or_else(|| LEDGER.to_owned());
        let is_name = (1..=64).contains(&ledger.len())
            && ledger.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if !is_name {
            return Err(SettingsError::LedgerName(ledger));
        }
        // The client only writes its deadline into a header, and -1 makes it panic: it is ours.
        let (text, deadline) = without_parameter(&text, "defaultdeadline");
        let deadline = match deadline {
            None => DEADLINE,
            Some(text) => match text.parse() {
                Ok(milliseconds) if milliseconds > 0 => Duration::from_millis(milliseconds),
                Ok(_) | Err(_) => return Err(SettingsError::Deadline(text)),
            },
        };
        let (text, credentials) = without_encoded_credentials(&text);
        let client: ClientSettings = text.parse().map_err(unreadable)?;
        // Before it connects, the client waits that long.
        if deadline < client.discovery_interval() * 2 {
            return Err(SettingsError::Hasty { deadline, interval: client.discovery_interval() });
        }
        // What is left of a comma or an `@` in a password, which only looks like hosts.
        if client.hosts().iter().any(|host| host.host.contains('@')) {
            return Err(SettingsError::Unreadable("percent-encode user and password".into()));
        }
        check_files(&client)?;
        Ok(Self { client, credentials, ledger, deadline })
    }

    pub fn client(&self) -> &ClientSettings {
        &self.client
    }

    /// To be sent with each call; otherwise the client sends what it has read itself.
    pub fn credentials(&self) -> Option<Credentials> {
        self.credentials.clone()
    }

    pub fn ledger(&self) -> &str {
        &self.ledger
    }

    /// How long one answer may take.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// How long a caller waits in all.
    pub fn patience(&self) -> Duration {
        self.deadline * PATIENCE_DEADLINES
    }

    /// How long a new client may take to find the leader.
    pub fn discovery(&self) -> Duration {
        let attempts = u32::try_from(self.client.max_discover_attempts()).unwrap_or(u32::MAX);
        let attempt = self.client.discovery_interval() + self.client.gossip_timeout();
        attempt.saturating_mul(attempts).min(DISCOVERY_MAX)
    }

    pub fn name_on_server(&self, stream: &StreamId) -> String {
        format!("{}.{stream}", self.ledger)
    }

    pub fn hosts(&self) -> String {
        let hosts = self.client.hosts().iter().map(|host| format!("{}:{}", host.host, host.port));
        hosts.collect::<Vec<_>>().join(",")
    }
}

fn check_parameters(text: &str) -> Result<(), SettingsError> {
    let query = text.split_once('?').map_or("", |(_, query)| query);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        if !PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(SettingsError::Parameter(name.to_owned()));
        }
    }
    Ok(())
}

/// The client's own words about a parameter; anything else might repeat the password.
fn unreadable(error: ClientSettingsParseError) -> SettingsError {
    let is_about_a_parameter = error.message().starts_with("Invalid format for param");
    SettingsError::Unreadable(if is_about_a_parameter {
        error.message().to_owned()
    } else {
        "write esdb://user:password@host:2113?tls=true".to_owned()
    })
}

/// Takes one parameter out of a connection string. Names are compared without regard to case.
fn without_parameter(text: &str, name: &str) -> (String, Option<String>) {
    let Some((address, query)) = text.split_once('?') else { return (text.to_owned(), None) };
    let (found, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(|parameter| {
        parameter.split_once('=').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
    });
    let value = found.last().and_then(|found| found.split_once('=')).map(|(_, v)| v.to_owned());
    let rest = match others.as_slice() {
        [] => address.to_owned(),
        others => format!("{address}?{}", others.join("&")),
    };
    (rest, value)
}

/// The client takes `%40` for three characters, so encoded users and passwords are taken out and
/// decoded. Others stay: the client also sends them when it asks the cluster who leads.
fn without_encoded_credentials(text: &str) -> (String, Option<Credentials>) {
    let found = text.split_once("://").and_then(|(scheme, rest)| {
        let authority = rest.split(['/', '?']).next()?;
        let (credentials, _) = authority.rsplit_once('@')?;
        let (user, password) = credentials.split_once(':')?;
        let is_encoded = credentials.contains('%');
        is_encoded.then(|| (scheme, &rest[credentials.len() + 1..], user, password))
    });
    let Some((scheme, rest, user, password)) = found else { return (text.to_owned(), None) };
    let decoded = |part: &str| urlencoding::decode_binary(part.as_bytes()).into_owned();
    let credentials = Credentials::new(decoded(user), decoded(password));
    (format!("{scheme}://{rest}"), Some(credentials))
}

/// The client panics in its own task over a file that it cannot use, with TLS and without; we say
/// which one it is.
fn check_files(client: &ClientSettings) -> Result<(), SettingsError> {
    let certificate = client.user_certificate();
    let files = [
        ("tlsCaFile", client.tls_ca_file(), "CERTIFICATE"),
        ("userCertFile", certificate.map(|(path, _)| path), "CERTIFICATE"),
        ("userKeyFile", certificate.map(|(_, path)| path), "PRIVATE KEY"),
    ];
    for (parameter, path, kind) in files {
        let Some(path) = path else { continue };
        let reason = match std::fs::read_to_string(path) {
            Ok(text) if text.contains(&format!("{kind}-----")) => continue,
            Ok(_) => format!("there is no {} in it", kind.to_lowercase()),
            Err(error) => error.to_string(),
        };
        return Err(SettingsError::File { parameter, path: path.clone(), reason });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_connection_string_is_understood() {
        let settings = Settings::parse(
            "esdb://officer:secret@a:2113,b:2114,c:2115?tls=false&nodePreference=follower\
             &defaultDeadline=250&discoveryInterval=100&ledger=greffe_test",
        )
        .unwrap();
        assert_eq!(settings.hosts(), "a:2113,b:2114,c:2115");
        assert_eq!(settings.ledger(), "greffe_test");
        assert_eq!(settings.deadline(), Duration::from_millis(250));
        let stream = StreamId::new("merchant", 7);
        assert_eq!(settings.name_on_server(&stream), "greffe_test.merchant-7");
        assert!(!format!("{settings:?}").contains("secret"));
        assert_eq!(Settings::parse("esdb://localhost:2113").unwrap().ledger(), "greffe");
    }

    #[test]
    fn what_the_client_would_stumble_over_is_refused_with_a_reason() {
        let refusal = |text| Settings::parse(text).unwrap_err().to_string();
        assert!(refusal("http://localhost:2113").contains("connection string"));
        assert!(refusal("esdb://h:2113?ledger=a-b").contains("not a name for a ledger"));
        // `greffe.eu.merchant-1` would be a stream of the ledger `greffe` as well.
        assert!(refusal("esdb://h:2113?ledger=greffe.eu").contains("not a name for a ledger"));
        let text = refusal("esdb://user:123,456@h1:2113,h2:2113");
        assert!(text.contains("percent-encode") && !text.contains("456"), "{text}");
        let text = refusal("esdb://h:2113?tls=false&ledgr=other");
        assert!(text.contains("`ledgr`") && text.contains("nodePreference"), "{text}");
        assert!(refusal("esdb://h:2113?defaultDeadline=-1").contains("milliseconds"));
        assert!(refusal("esdb://h:2113?defaultDeadline=900").contains("discoveryInterval"));
        assert!(refusal("esdb://h:2113?tlsCaFile=/nowhere/ca.pem").contains("tlsCaFile"));
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        std::fs::write(&file, "not a certificate").unwrap();
        let text = format!("esdb://h:2113?tlsCaFile={}", file.display());
        assert!(refusal(&text).contains("there is no certificate in it"));
    }

    #[test]
    fn encoded_users_and_passwords_are_decoded() {
        let given = |text| Settings::parse(text).unwrap().credentials();
        let decoded = given("esdb://me%40work:p%3Aw%2F%40%C3%A9@h:2113?tls=false");
        assert_eq!(decoded, Some(Credentials::new("me@work", "p:w/@é")));
        // The client reads these right itself.
        assert_eq!(given("esdb://me:secret@h:2113?tls=false"), None);
        assert_eq!(given("esdb://h:2113?tls=false&connectionName=a%40b"), None);
        let settings = Settings::parse("esdb://me:p%40@a:1,b:2?tls=false").unwrap();
        assert_eq!(settings.hosts(), "a:1,b:2");
    }

    #[test]
    fn a_refusal_never_repeats_the_password() {
        let error = Settings::parse("esdb://me:secret@h:port?tls=maybe").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        let error = Settings::parse("esdb://me:secret@h:2113?tls=maybe").unwrap_err().to_string();
        assert!(error.contains("tls") && error.contains("maybe"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
