//! The boundaries between steps that touch the world, so that a test can stop the program at each.

use std::fmt;

/// Told at every boundary. Does nothing in production.
pub trait Probe: Send + Sync + fmt::Debug {
    /// The program has reached `step`.
    fn reached(&self, step: Step);
}

/// A probe that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    fn reached(&self, _step: Step) {}
}

macro_rules! steps {
    ($($name:ident $text:literal $doc:literal),+ $(,)?) => {
        /// A boundary between two steps that touch the world.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Step { $(#[doc = $doc] $name),+ }

        impl Step {
            /// All boundaries in the order a file meets them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The boundary's name, e.g. `claim.renamed`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

steps! {
    ClaimMade "claim.made" "The claim folder exists.",
    ClaimDescribed "claim.described" "Its description is written, not synced.",
    ClaimLinked "claim.linked" "Where rename cannot refuse to replace: linked, not yet unlinked.",
    ClaimRenamed "claim.renamed" "The file left the inbox.",
    ClaimSynced "claim.synced" "Both folders are synced.",
    CopyHalf "copy.half" "Half of the private copy is written.",
    CopyKept "copy.kept" "The private copy has its name and is synced.",
    ReceiveReady "receive.ready" "Before the first commit.",
    Received "receive.committed" "After the first commit.",
    JudgeHalf "judge.half" "Some records were judged.",
    JudgeReady "judge.ready" "Before the second commit.",
    Judged "judge.committed" "After the second commit.",
    SliceStaged "open.slice" "A slice of rows became cases.",
    OutboxStaged "dispatch.staged" "Answers lie beside their places.",
    Publishing "dispatch.publishing" "It is journaled that a clearing file is about to be visible.",
    MailsTaken "post.taken" "The mail server has taken mails, and nothing of ours says so yet.",
    MailsNoted "post.noted" "Those mails are visible as sent, not yet marked.",
    Published "dispatch.published" "Answers are visible, not yet marked.",
    Delivered "dispatch.delivered" "Answers are marked as delivered.",
    DisposeDescribed "dispose.described" "The result lies in the claim folder.",
    DisposeRenamed "dispose.renamed" "The claim folder was moved to its last place.",
    Disposed "dispose.committed" "That is journaled.",
    CheckpointHalf "checkpoint.half" "Half of a checkpoint is written.",
}
