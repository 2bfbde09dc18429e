//! What people of the demonstration read: messages, the codes and the links in them.

use crate::app::App;
use anyhow::{Context, bail};
use std::time::Duration;

/// The newest message of a kind to somebody, once the mailer has sent it.
pub async fn mail(app: &App, to: &str, template: &str) -> anyhow::Result<String> {
    mail_after(app, to, template, 0).await
}

/// The newest message of a kind to somebody, once there are more than before.
pub async fn mail_after(
    app: &App,
    to: &str,
    template: &str,
    before: usize,
) -> anyhow::Result<String> {
    for _ in 0..500 {
        let mut posts = app.outbox.posts();
        posts.retain(|post| post.to == to && post.template == template);
        if posts.len() > before {
            return Ok(posts.swap_remove(0).body);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("no message {template} to {to}")
}

/// How many messages of a kind were sent to somebody.
pub fn sent(app: &App, to: &str, template: &str) -> usize {
    let posts = app.outbox.posts();
    posts.iter().filter(|post| post.to == to && post.template == template).count()
}

/// The newest code sent to a mobile: one that was not used before.
pub(super) async fn code(
    app: &App,
    mobile: &str,
    template: &str,
    used: usize,
) -> anyhow::Result<String> {
    let body = mail_after(app, mobile, template, used).await?;
    Ok(body.chars().take(6).collect())
}

/// What stands after `token=` in a text.
pub fn token_in(text: &str) -> anyhow::Result<String> {
    let rest = text.split_once("token=").context("no link")?.1;
    Ok(rest.split_whitespace().next().unwrap_or_default().to_owned())
}
