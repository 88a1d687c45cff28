//! 導入テスト: a file is judged as if it came in by the customers' channel, and nothing of it is
//! taken in. It opens no case and takes no business key; it may come as often as somebody likes.

use crate::domain::{Digest, YenTotal};
use crate::formats::FileReport;
use crate::ports::{Checked, FileRecord};
use crate::workflow::{Brings, Channel, EffectKind, MailKind};

use super::judge::{Judged, file_effects};
use super::submit::CUSTOMERS;
use super::{Desk, Rulebook};

impl Rulebook {
    /// The channel by whose rules a channel's files are judged: a trial by the customers'.
    pub(super) fn judged_by(&self, channel: &str) -> Option<&Channel> {
        let trial = self.brings(channel) == Brings::Trials;
        self.channels.get(if trial { CUSTOMERS } else { channel })
    }
}

impl Desk {
    /// The verdict on a trial: what would become of the file. The rows that would be taken in, if
    /// any would, and what was found are kept for its result alone.
    pub(super) fn tried(
        &self,
        file: &FileRecord,
        report: &FileReport,
        (record_file, findings): (Option<Digest>, Option<Digest>),
    ) -> Judged {
        let kinds = [EffectKind::Result, EffectKind::Notice(MailKind::Tried)];
        let (accepted, rejected, total) = match record_file {
            Some(_) => (report.accepted, report.rejected, report.total),
            None => (0, report.records, YenTotal::default()),
        };
        let checked = Checked {
            receipt: file.receipt,
            findings,
            record_file,
            records: report.records,
            accepted,
            rejected,
            total,
            flows: Vec::new(),
            moved: Vec::new(),
            effects: file_effects(file.receipt, self.clock.now(), &kinds),
        };
        Judged::of(checked)
    }
}
