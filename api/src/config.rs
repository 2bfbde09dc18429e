//! What can be set from outside: by flags or by the environment.

use clap::Parser;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Clone, Debug, Parser)]
pub struct Config {
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

    /// The address under which people reach this server; links in messages start with it
    #[arg(long, env = "GREFFE_PUBLIC_URL", default_value = "http://localhost:8080")]
    pub public_url: String,

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
    pub mail_from: String,

    /// The secret with which the payment service calls /internal/v1; without it that is closed
    #[arg(long, env = "GREFFE_INTERNAL_TOKEN", hide_env_values = true)]
    pub internal_token: Option<String>,

    /// The e-mail address of the first administrator, invited at first start
    #[arg(long, env = "GREFFE_ADMINISTRATOR", default_value = "admin@example.com")]
    pub administrator: String,

    /// Start although the vault lacks keys that the ledger needs: what they sealed reads as lost
    #[arg(long)]
    pub accept_lost_keys: bool,

    /// Show the outbox at /dev/mailbox
    #[arg(long, env = "GREFFE_DEVELOPMENT")]
    pub development: bool,

    /// Start on a scratch directory with a simulated clock and invented merchants
    #[arg(long, conflicts_with = "ledger")]
    pub demo: bool,

    /// How many requests one address may send per minute
    #[arg(long, env = "GREFFE_REQUESTS_PER_MINUTE", default_value_t = 600)]
    pub requests_per_minute: u32,
}
