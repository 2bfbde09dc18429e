//! `replay messages`: what was said to a merchant's people, and what came of it.

use super::show::as_of;
use crate::exit::Failure;
use crate::ids;
use crate::moment;
use crate::output::{Lang, Output};
use crate::source::Source;
use clap::Args;
use domain::Worded;
use domain::values::Language;
use projections::views::console::messages::{MessageView, messages};
use std::process::ExitCode;
use store::reader::{fold, up_to};
use store::{Aggregate, AsOf, Merchant, Recorded, User};

/// List the messages to a merchant's people, the newest first, with what they say
///
/// Those that no provider has taken or refused yet are not among them: the console has them.
#[derive(Args)]
pub struct MessagesArgs {
    /// mer_…, a unique beginning of it, or with --reveal an e-mail or a SIREN
    pub merchant: String,
    #[arg(long, help = moment::HELP)]
    as_of: Option<String>,
}

pub async fn run(
    source: &Source,
    output: &Output,
    args: MessagesArgs,
) -> Result<ExitCode, Failure> {
    let moment = args.as_of.as_deref().map(|text| source.clock.parse(text)).transpose()?;
    let id = ids::merchant(source, &args.merchant).await?;
    let all = source.merchant(id).await?;
    let as_of = as_of(source, moment, &all).await?;
    let events = up_to(&all, as_of);
    let owner = fold::<Merchant>(events, AsOf::Now).state.account.owner;
    let mut told: Vec<Recorded> = events.to_vec();
    if let (Some(owner), Some(last)) = (owner, events.last()) {
        // A revision is one of the merchant.
        let as_of = match as_of {
            AsOf::Revision(_) => AsOf::Position(last.position),
            AsOf::Now | AsOf::Time(_) | AsOf::Position(_) => as_of,
        };
        let of_owner = source.reader().history(User::stream(owner)).await?;
        told.extend(up_to(&of_owner, as_of).to_vec());
    }
    told.sort_by_key(|event| std::cmp::Reverse(event.position));
    let views = messages(&told);
    let language = match output.lang {
        Lang::Fr => Language::French,
        Lang::En => Language::English,
    };
    output.rows(&["at", "state", "to", "message", "says"], &views, |view| {
        vec![
            source.clock.local(view.at),
            state(view, language),
            view.to.clone().unwrap_or_else(|| withheld(source)),
            view.template.0.words(language).to_owned(),
            says(view).unwrap_or_else(|| withheld(source)),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}

fn state(view: &MessageView, language: Language) -> String {
    let state = view.state.0.words(language);
    match view.failure {
        Some(failure) => format!("{state}: {}", failure.0.words(language)),
        None => state.to_owned(),
    }
}

/// The subject of a mail, or all of an SMS.
fn says(view: &MessageView) -> Option<String> {
    view.subject.clone().or_else(|| view.text.clone())
}

fn withheld(source: &Source) -> String {
    let why = if source.keyring.is_none() { "[sealed]" } else { "[forgotten, or not recorded]" };
    why.to_owned()
}
