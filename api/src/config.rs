//! What can be set from outside: by flags or by the environment. What cannot be used is refused
//! before anything is made or opened.

use crate::client::Proxies;
use crate::providers::sms::SmsProvider;
use crate::providers::smtp::Smtp;
use clap::Parser;
use clap::builder::NonEmptyStringValueParser;
use domain::looks::KEPT_MONTHS;
use domain::values::{Country, Email};
use lettre::message::Mailbox;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use store::Location;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

/// The client of the cluster engine tells each failure several times; the engine says it once.
const LOG: &str = "info,eventstore=off";

/// The European Economic Area, its neighbours, and France overseas.
const EUROPE_AND_OVERSEAS: &str = "AT,BE,BG,HR,CY,CZ,DK,EE,FI,FR,DE,GR,HU,IE,IT,LV,LT,LU,MT,NL,PL,\
    PT,RO,SK,SI,ES,SE,IS,LI,NO,AD,CH,GB,MC,SM,GP,MQ,GF,RE,YT,PM,BL,MF,NC,PF,WF";

#[derive(Clone, Parser)]
pub struct Config {
    /// What goes to the log: a level (error, warn, info, debug, trace), or several with commas between
    /// them, each for all or for a module (`info,api=debug`)
    #[arg(long, global = true, env = "GREFFE_LOG", default_value = LOG, value_parser = log_filter)]
    pub log: String,

    /// Where the ledger, the vault, the documents and the keys lie
    #[arg(long, global = true, env = "GREFFE_DIRECTORY", default_value = "greffe-data")]
    pub directory: PathBuf,

    /// The ledger, when it does not lie in the directory: esdb://user:password@host:2113,…?tls=true
    /// (see docs/operating/eventstoredb.md)
    #[arg(long, env = "GREFFE_LEDGER", hide_env_values = true)]
    pub ledger: Option<String>,

    /// The address to listen on
    #[arg(long, env = "GREFFE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The address under which people reach this server; links in messages start with it. Where we
    /// listen, unless told
    #[arg(long, env = "GREFFE_PUBLIC_URL", value_parser = web_address)]
    pub public_url: Option<String>,

    /// The proxies before this server, as addresses and networks with commas between them; what they
    /// say of where a request comes from is believed
    #[arg(long, env = "GREFFE_TRUSTED_PROXIES", default_value = "")]
    pub trusted_proxies: Proxies,

    /// The address for those who watch over this server: health, details of readiness, metrics.
    /// Nobody else should reach it
    #[arg(long, env = "GREFFE_OPERATIONS_LISTEN")]
    pub operations_listen: Option<SocketAddr>,

    /// The secret with which metrics and details of readiness are read where everybody listens;
    /// without it they are not there
    #[arg(long, env = "GREFFE_OPERATIONS_TOKEN", hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new())]
    pub operations_token: Option<String>,

    /// The file with the master key of the vault; made at first start if it is not there. Keep it
    /// on another disk than the ledger and the vault, and back it up apart from them
    #[arg(long, global = true, env = "GREFFE_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,

    /// The mail server, as smtp://user:password@host:port or smtps://…; without it messages go to
    /// an outbox (see --development)
    #[arg(long, env = "GREFFE_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,

    /// The sender of messages
    #[arg(long, env = "GREFFE_MAIL_FROM", default_value = "Greffe <no-reply@localhost>")]
    pub mail_from: Mailbox,

    /// The key with which the mail provider signs what it reports to /webhooks/mail, as Mailgun does;
    /// without it nothing is taken there
    #[arg(long, env = "GREFFE_MAIL_WEBHOOK_KEY", hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new())]
    pub mail_webhook_key: Option<String>,

    /// The SMS provider that answers Twilio's message API, as `https://ACCOUNT:TOKEN@api.twilio.com`;
    /// without it no code can be sent, and whoever asks for one is told so
    #[arg(long, env = "GREFFE_SMS_URL", hide_env_values = true, requires = "sms_from")]
    pub sms_url: Option<String>,

    /// The number or the messaging service (MG…) that text messages come from
    #[arg(long, env = "GREFFE_SMS_FROM")]
    pub sms_from: Option<String>,

    /// How many codes may go out at once to all mobiles together; as many again come back over a day
    #[arg(long, env = "GREFFE_SMS_PER_DAY", default_value = "5000")]
    pub sms_per_day: NonZeroU32,

    /// The countries to whose mobiles codes go, as ISO 3166 codes with commas between them
    #[arg(long, env = "GREFFE_SMS_COUNTRIES", value_delimiter = ',', value_parser = country,
        default_value = EUROPE_AND_OVERSEAS)]
    pub sms_countries: Vec<String>,

    /// The secret with which the payment service calls /internal/v1; without it that is closed
    #[arg(long, env = "GREFFE_INTERNAL_TOKEN", hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new())]
    pub internal_token: Option<String>,

    /// The e-mail address of the first administrator, invited at first start
    #[arg(long, env = "GREFFE_ADMINISTRATOR", default_value = "admin@example.com",
        value_parser = email)]
    pub administrator: Email,

    /// Start although the vault lacks keys that the ledger needs: what they sealed reads as lost
    #[arg(long)]
    pub accept_lost_keys: bool,

    /// Show the outbox at /dev/mailbox
    #[arg(long, env = "GREFFE_DEVELOPMENT")]
    pub development: bool,

    /// Start on a scratch directory with a simulated clock and invented merchants
    #[arg(long, conflicts_with = "ledger")]
    pub demo: bool,

    /// PDFs are looked into by a process of this program, which only the program itself can start.
    #[arg(skip)]
    pub inspects_apart: bool,

    /// How long the head of a request may take, and a connection be idle, in seconds; the rest
    /// follows from it
    #[arg(long, env = "GREFFE_PATIENCE_SECONDS", default_value = "30", hide = true,
        value_parser = seconds)]
    pub patience: Duration,

    /// How many mails wait in memory; of those beyond, only the positions are kept, so that an outage of
    /// the mail server never keeps other messages from being read
    #[arg(long, env = "GREFFE_MAILS_IN_MEMORY", default_value_t = 10_000, hide = true,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub mails_in_memory: u32,

    /// How many connections may be open at a time; fewer where the system allows fewer files
    #[arg(long, env = "GREFFE_CONNECTIONS", default_value_t = 4096,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub connections: u32,

    /// How many months it is known who of the staff looked at which data; the CNIL asks for six to
    /// twelve, and for a reason to keep it longer
    #[arg(long, env = "GREFFE_LOOKS_KEPT_MONTHS", default_value_t = KEPT_MONTHS,
        value_parser = clap::value_parser!(u32).range(1..=36))]
    pub looks_kept_months: u32,

    /// How many requests one address may send per minute
    #[arg(long, env = "GREFFE_REQUESTS_PER_MINUTE", default_value_t = 600,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_minute: u32,
}

impl Config {
    /// Looks at what must not be repeated in a message, because there may be a password in it.
    pub fn check(&self) -> Result<(), String> {
        if let Some(ledger) = self.ledger.as_ref().filter(|ledger| !ledger.is_empty()) {
            Location::parse(ledger)
                .map_err(|error| format!("--ledger (GREFFE_LEDGER): {error}"))?;
        }
        if self.smtp_url.as_ref().is_some_and(|url| Smtp::parse(url).is_none()) {
            return Err("--smtp-url (GREFFE_SMTP_URL) is no address such as \
                        smtps://user:password@host"
                .to_owned());
        }
        if self.sms_url.is_some() && self.sms_provider().is_none() {
            return Err("--sms-url (GREFFE_SMS_URL) is no address such as \
                        https://ACCOUNT:TOKEN@host, or --sms-from (GREFFE_SMS_FROM) is empty"
                .to_owned());
        }
        Ok(())
    }

    pub fn sms_provider(&self) -> Option<SmsProvider> {
        SmsProvider::parse(self.sms_url.as_deref()?, self.sms_from.as_deref()?)
    }

    /// Whether codes can be sent to mobiles.
    pub fn has_sms(&self) -> bool {
        self.sms_url.is_some() || self.is_open()
    }

    /// Whether this server holds nothing worth protecting and shows what others must not.
    pub fn is_open(&self) -> bool {
        self.development || self.demo
    }
}

/// A word that is no level would be taken for a module, of which nothing else is logged.
fn log_filter(text: &str) -> Result<String, String> {
    let bare = text.split(',').map(str::trim).filter(|part| !part.contains(['=', '[', ':']));
    for word in bare {
        LevelFilter::from_str(word).map_err(|_| format!("`{word}` is no level"))?;
    }
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Without a slash at its end.
fn web_address(text: &str) -> Result<String, String> {
    let uri: axum::http::Uri = text.parse().map_err(|error| format!("{error}"))?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    let is_bare =
        uri.query().is_none() && uri.authority().is_some_and(|a| !a.as_str().contains('@'));
    if is_web && is_bare {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("an address starts with http:// or https:// and has a host".to_owned())
    }
}

fn country(text: &str) -> Result<String, String> {
    match Country::parse(text) {
        Ok(country) => Ok(country.as_str().to_owned()),
        Err(_) => Err("a country is two letters, such as FR".to_owned()),
    }
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|_| "it is no e-mail address".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|error| format!("{error}"))?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    if duration.is_zero() { Err("it is more than nothing".to_owned()) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> String {
        let all = ["greffe"].iter().chain(arguments);
        Config::try_parse_from(all).err().expect("it must be refused").to_string()
    }

    #[test]
    fn settings_that_cannot_be_used_are_refused_by_name() {
        for arguments in [
            ["--mail-from", "no address"],
            ["--internal-token", ""],
            ["--operations-token", ""],
            ["--mail-webhook-key", ""],
            ["--sms-countries", "FR,Atlantis"],
            ["--sms-per-day", "0"],
            ["--public-url", "greffe.example"],
            ["--public-url", "ftp://greffe.example"],
            ["--administrator", "nobody"],
            ["--trusted-proxies", "somewhere"],
            ["--requests-per-minute", "0"],
            ["--connections", "0"],
            ["--log", "debgu"],
            ["--log", "info,=="],
        ] {
            let message = refused(&arguments);
            assert!(message.contains(arguments[0]), "{arguments:?}: {message}");
        }
    }

    #[test]
    fn a_mail_server_that_cannot_be_one_is_refused() {
        for url in ["smpt://user:secret@mail.example", "mail.example", ""] {
            let config = Config::try_parse_from(["greffe", "--smtp-url", url]).unwrap();
            assert!(config.check().is_err(), "{url}");
        }
        let good = ["greffe", "--smtp-url", "smtps://user:secret@mail.example"];
        assert_eq!(Config::try_parse_from(good).unwrap().check(), Ok(()));
    }

    #[test]
    fn the_public_address_has_no_slash_at_its_end() {
        let config =
            Config::try_parse_from(["greffe", "--public-url", "https://greffe.example/"]).unwrap();
        assert_eq!(config.public_url.as_deref(), Some("https://greffe.example"));
        assert_eq!(config.trusted_proxies, Proxies::default());
    }
}
