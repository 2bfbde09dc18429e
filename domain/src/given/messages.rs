//! What was sent.

use super::id;
use crate::messages::{Command, Medium, Template};

pub fn sent(template: Template) -> Command {
    Command::RecordSent { cause: id(1), template, medium: Medium::Email }
}
