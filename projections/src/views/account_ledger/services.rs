//! What happened to services.

use super::Sentence;
use domain::Worded;
use domain::services::Event;

pub fn sentence(event: &Event) -> Sentence {
    match event {
        Event::Requested { services } => {
            let french: Vec<&str> = services.iter().map(|service| service.french()).collect();
            let english: Vec<&str> = services.iter().map(|service| service.english()).collect();
            Sentence::new(
                format!("Services demandés : {}", french.join(", ")),
                format!("Services requested: {}", english.join(", ")),
            )
        }
        Event::Activated { service } => Sentence::new(
            format!("Service activé : {}", service.french()),
            format!("Service activated: {}", service.english()),
        ),
        Event::Refused { service, reason } => Sentence::new(
            format!("Service refusé : {} ({})", service.french(), reason.french()),
            format!("Service refused: {} ({})", service.english(), reason.english()),
        ),
    }
}
