//! What was sent.

use super::id;
use crate::messages::{Addressed, Command, Letter, Medium, Template};
use crate::values::{FreeText, Language};

pub fn sent(template: Template) -> Command {
    let addressed = Some(Addressed { recipient: id(2), letter: letter() });
    Command::RecordSent { cause: id(1), template, medium: Medium::Email, addressed }
}

fn letter() -> Letter {
    Letter {
        to: FreeText::recorded("marie@example.com"),
        language: Language::French,
        subject: Some(FreeText::recorded("Votre dossier")),
        text: FreeText::recorded("Bonjour"),
    }
}
