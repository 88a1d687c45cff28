//! Short names of refusals, for files that expect them.

use super::super::Refusal;

impl Refusal {
    /// `not_waiting`, `already_decided`, …: the name in golden tests.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotWaiting(_) => "not_waiting",
            Self::NotYourSeat => "not_your_seat",
            Self::OwnSubmission => "own_submission",
            Self::OwnKeying => "own_keying",
            Self::AlreadyDecided => "already_decided",
            Self::AlreadySent => "already_sent",
            Self::NotOnPaper => "not_on_paper",
            Self::WouldEnd => "would_end",
            Self::ContentChanged => "content_changed",
            Self::DeadlinePassed { .. } => "deadline_passed",
            Self::TooCloseToDueDate { .. } => "too_close_to_due_date",
            Self::ReasonMissing => "reason_missing",
            Self::AssignedTo(_) => "assigned_to",
            Self::NoSuchTarget(_) => "no_such_target",
            Self::TooManyRounds(_) => "too_many_rounds",
            Self::NotTheSubmitter => "not_the_submitter",
            Self::TooLateToWithdraw => "too_late_to_withdraw",
            Self::CannotFill(_) => "cannot_fill",
            Self::FormMistakes(_) => "form_mistakes",
            Self::NoSplit => "no_split",
            Self::NoSuchRow(_) => "no_such_row",
            Self::NothingLeft => "nothing_left",
            Self::NothingToReview => "nothing_to_review",
        }
    }
}
