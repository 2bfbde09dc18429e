//! What came of messages.

use super::Sentence;
use domain::Worded;
use domain::messages::{Event, Failure, Medium, Template};

pub fn sentence(event: &Event) -> Sentence {
    match event {
        Event::Sent { template, medium, .. } => sent(*template, *medium),
        Event::Delivered { template, medium, .. } => delivered(*template, *medium),
        Event::Failed { template, medium, failure, .. } => failed(*template, *medium, *failure),
    }
}

pub fn sent(template: Template, medium: Medium) -> Sentence {
    Sentence::new(
        format!("Message envoyé {} : {}", medium.french(), template.french()),
        format!("Message sent {}: {}", medium.english(), template.english()),
    )
}

pub fn delivered(template: Template, medium: Medium) -> Sentence {
    Sentence::new(
        format!("Message reçu {} : {}", medium.french(), template.french()),
        format!("Message delivered {}: {}", medium.english(), template.english()),
    )
}

pub fn failed(template: Template, medium: Medium, failure: Failure) -> Sentence {
    Sentence::new(
        format!(
            "Message non délivré {} : {} ({})",
            medium.french(),
            template.french(),
            failure.french()
        ),
        format!(
            "Message not delivered {}: {} ({})",
            medium.english(),
            template.english(),
            failure.english()
        ),
    )
}
