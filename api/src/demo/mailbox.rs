//! What people of the demonstration read: messages, the codes and the links in them.

use crate::app::App;
use anyhow::{Context, bail};
use std::time::Duration;

/// The newest message of a kind to somebody, once the mailer has sent it.
pub async fn mail(app: &App, to: &str, template: &str) -> anyhow::Result<String> {
    for _ in 0..500 {
        let posts = app.outbox.posts();
        if let Some(post) = posts.iter().find(|post| post.to == to && post.template == template) {
            return Ok(post.body.clone());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("no message {template} to {to}")
}

/// How many messages of a kind were sent to somebody.
pub(super) fn sent(app: &App, to: &str, template: &str) -> usize {
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
    for _ in 0..500 {
        let posts = app.outbox.posts();
        let mut codes = posts.iter().filter(|post| post.to == mobile && post.template == template);
        if codes.clone().count() > used {
            let body = codes.next().map(|post| post.body.clone()).unwrap_or_default();
            return Ok(body.chars().take(6).collect());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("no code {template} to {mobile}")
}

/// What stands after `token=` in a text.
pub fn token_in(text: &str) -> anyhow::Result<String> {
    let rest = text.split_once("token=").context("no link")?.1;
    Ok(rest.split_whitespace().next().unwrap_or_default().to_owned())
}
