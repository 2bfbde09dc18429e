//! The closed lists that staff alone read.

use crate::views::code::lists;

lists! {
    /// Something that needs a second officer.
    ProposalKind = domain::review::ProposalKind;
    /// Why a file was rejected. The merchant never reads it.
    RejectionReason = domain::review::RejectionReason;
    /// What was declared beside what a machine read.
    ReadingComparison = domain::bank_account::Comparison;
    /// Why a service was refused.
    ServiceRefusal = domain::services::ServiceRefusal;
    /// What a member of staff may do.
    StaffRole = domain::staff::Role;
    /// What is due.
    TimerKind = crate::models::deadlines::TimerKind;
    /// Who did it, without who it is.
    ActorKind = domain::ActorKind;
    /// For what staff look at personal data.
    Purpose = domain::looks::Purpose;
    /// What of a merchant staff look at.
    LookedAt = domain::looks::ThingKind;
    /// Which message it is.
    MessageTemplate = domain::messages::Template;
    /// How a message stands.
    MessageState = super::messages::State;
    /// Why a message did not arrive.
    MessageFailure = domain::messages::Failure;
    /// How a message goes.
    Medium = domain::messages::Medium;
    /// Why something of a merchant is not shown.
    WithheldReason = super::withheld::Why;
    /// The way it came in.
    Channel = domain::Channel;
}
