//! Answers to a file put into the outbox once more, where somebody took them away.

use tracing::info;

use super::Desk;
use super::answers::AnswerError;
use crate::domain::ReceiptNo;
use crate::ports::{Fate, FileRecord, FileVerdict};
use crate::workflow::{Effect, EffectKind, EffectScope};

/// Why answers were not put there again.
#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    /// They cannot be made.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The outbox does not take them.
    #[error("{0}")]
    Outbox(String),
}

impl AgainError {
    /// What the outbox made of an answer that is not there.
    fn of(fate: Fate) -> Self {
        match fate {
            Fate::Later(why) | Fate::Never(why) | Fate::Unsure(why) => Self::Outbox(why),
            Fate::Delivered => Self::Outbox(String::new()),
        }
    }
}

impl Desk {
    /// Makes the answers to a file again that were delivered and are no longer where they were put;
    /// tells their paths. They are the same to the byte, being made of what was committed, but for
    /// the names of customers on slips and replies, which are those of today, and for what a newer
    /// release writes otherwise. Papers that are signed are not among them: a second signature
    /// would be another paper.
    pub fn answer_again(&self, receipt: ReceiptNo) -> Result<Vec<String>, AgainError> {
        let unknown = || AnswerError::Unknown(receipt.to_string());
        let file = self.store.file(receipt).ok_or_else(unknown)?;
        let owed: Vec<EffectKind> = self
            .store
            .effects(usize::MAX)
            .into_iter()
            .filter(|pending| pending.effect.scope == EffectScope::File(receipt))
            .map(|pending| pending.effect.kind)
            .collect();
        let mut put = Vec::new();
        for kind in answers_of(&file).into_iter().filter(|kind| !owed.contains(kind)) {
            let scope = EffectScope::File(receipt);
            let parcels = self.answer(&Effect { scope, kind, at: file.received_at })?;
            for parcel in parcels.into_iter().filter(|one| self.outbox.find(&one.path).is_none()) {
                let staged: Result<Vec<_>, Fate> =
                    self.outbox.stage(std::slice::from_ref(&parcel)).into_iter().collect();
                let fates = self.outbox.publish(&staged.map_err(AgainError::of)?);
                if let Some(fate) = fates.into_iter().find(|fate| *fate != Fate::Delivered) {
                    return Err(AgainError::of(fate));
                }
                info!(file = %receipt, path = %parcel.path, "an answer was put there again");
                put.push(parcel.path);
            }
        }
        Ok(put)
    }
}

/// The answers a file has had by now, each a file of its own in the outbox.
fn answers_of(file: &FileRecord) -> Vec<EffectKind> {
    let requests = file.record_file.is_some() && !file.is_proposal();
    let taken = requests && matches!(file.verdict, FileVerdict::Opening | FileVerdict::Accepted);
    let told = !matches!(file.verdict, FileVerdict::Received | FileVerdict::Keying);
    let is_over = file.verdict == FileVerdict::Accepted && file.open_cases == 0;
    let all = [
        (told, EffectKind::Result),
        (taken, EffectKind::Slip),
        (is_over && !file.flows.is_empty(), EffectKind::Final),
    ];
    all.into_iter().filter(|(is_one, _)| *is_one).map(|(_, kind)| kind).collect()
}
