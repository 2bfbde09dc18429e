//! The staff of the demonstration: invited, joined, signed in.

use super::PASSWORD;
use super::client::Client;
use super::mailbox::{mail, token_in};
use crate::app::App;
use crate::auth::totp;
use anyhow::Context;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Mutex;

/// A member of staff who has joined.
#[derive(Clone)]
pub struct Colleague {
    pub email: String,
    pub secret: String,
    /// Their newest session.
    session: Arc<Mutex<Client>>,
}

impl Colleague {
    /// With a session that still counts: the demonstration's clock leaps over their end.
    pub async fn client(&self, app: &App) -> anyhow::Result<Client> {
        let mut client = self.session.lock().await;
        if !client.get("/console/v1/me").await?.status.is_success() {
            let token = sign_in_staff(&client, app, &self.email, &self.secret).await?;
            *client = client.signed_in(token);
        }
        Ok(client.clone())
    }
}

/// The people of the console.
#[derive(Clone)]
pub struct Staff {
    pub administrator: Colleague,
    pub analyst: Colleague,
    pub officer: Colleague,
    pub second_officer: Colleague,
    pub support: Colleague,
    pub auditor: Colleague,
    pub engineer: Colleague,
}

impl Staff {
    /// Joins as the first administrator and invites the others.
    pub async fn hire(client: &Client, app: &App, invitation: &str) -> anyhow::Result<Self> {
        let token = token_in(invitation)?;
        let email = app.config.administrator.as_str().to_owned();
        let administrator = join(client, app, &email, &token).await?;
        let mut others = vec![];
        for (email, first_name, role) in [
            ("nadia@example.com", "Nadia", "analyst"),
            ("clara@example.com", "Clara", "officer"),
            ("hugo@example.com", "Hugo", "officer"),
            ("samir@example.com", "Samir", "support"),
            ("alice@example.com", "Alice", "auditor"),
            ("ivan@example.com", "Ivan", "engineer"),
        ] {
            let body = json!({"email": email, "first_name": first_name, "last_name": "Modèle",
                              "language": "fr", "roles": [role]});
            let inviting = administrator.client(app).await?;
            inviting.post("/console/v1/staff", body).await?.expect_success()?;
            let token = token_in(&mail(app, email, "staff_invitation").await?)?;
            others.push(join(client, app, email, &token).await?);
        }
        let mut others = others.into_iter();
        let mut next = || others.next().context("somebody did not join");
        Ok(Self {
            administrator,
            analyst: next()?,
            officer: next()?,
            second_officer: next()?,
            support: next()?,
            auditor: next()?,
            engineer: next()?,
        })
    }

    pub fn accounts(&self) -> impl Iterator<Item = (&str, &str)> {
        [
            &self.administrator,
            &self.analyst,
            &self.officer,
            &self.second_officer,
            &self.support,
            &self.auditor,
            &self.engineer,
        ]
        .into_iter()
        .map(|colleague| (colleague.email.as_str(), colleague.secret.as_str()))
    }
}

async fn join(client: &Client, app: &App, email: &str, token: &str) -> anyhow::Result<Colleague> {
    let opened = client
        .post("/console/v1/invitations/open", json!({"token": token}))
        .await?
        .expect_success()?;
    let secret = opened.text("/totp_secret");
    let code = totp::code_of_text(&secret, app.clock.now()).context("no code")?;
    let body = json!({"token": token, "password": PASSWORD, "totp_code": code});
    client.post("/console/v1/invitations/accept", body).await?.expect_success()?;
    let token = sign_in_staff(client, app, email, &secret).await?;
    let client = client.signed_in(token).stating("review", "Client file of the demonstration");
    let session = Arc::new(Mutex::new(client));
    Ok(Colleague { email: email.to_owned(), secret, session })
}

/// Signs a member of staff in; answers the session's token.
pub async fn sign_in_staff(
    client: &Client,
    app: &App,
    email: &str,
    secret: &str,
) -> anyhow::Result<String> {
    let code = totp::code_of_text(secret, app.clock.now()).context("no code")?;
    let body = json!({"email": email, "password": PASSWORD, "totp_code": code});
    let answer = client.post("/console/v1/sessions", body).await?.expect_success()?;
    Ok(answer.text("/token"))
}
