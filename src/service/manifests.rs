//! Manifests: what a submitter says beside a file, held against the file and those before it.

use crate::domain::{Code, Finding, ReceiptNo, Severity, Turn};
use crate::formats::{Manifest, Promised, read_manifest, read_sha256};
use crate::ports::{FileRecord, Stated};
use crate::workflow::{Brings, Complete};

use super::flaws::whole_file;
use super::receive::{Arrival, Flaw, Hand};
use super::under_way::Fresh;
use super::{Desk, Rulebook, shown_name};

/// What is wrong with a file's bytes, and what its manifest says that is judged later. Only
/// requests are judged by it; of anything else the bytes count.
pub(super) fn held_against_manifest(
    rules: &Rulebook,
    arrival: &Arrival,
    receipt: ReceiptNo,
) -> (Option<Flaw>, Option<Stated>) {
    if arrival.flaw.is_some() {
        return (arrival.flaw, None);
    }
    let channel = rules.channels.get(&arrival.channel);
    let dropped = matches!(arrival.hand, Hand::Owner(_));
    let demanded = channel.is_some_and(|channel| channel.complete == Complete::Manifest);
    let Some(Manifest { seq, records, amount_total, .. }) = fitting(arrival, demanded && dropped)
    else {
        return (Some(Flaw::Manifest), None);
    };
    let says = seq.is_some() || records.is_some() || amount_total.is_some();
    let judged = matches!(rules.brings(&arrival.channel), Brings::Requests | Brings::Trials);
    (None, (says && judged).then_some(Stated { receipt, seq, records, amount_total }))
}

impl Desk {
    /// What is said of a file's rows.
    pub(super) fn promised(&self, file: &FileRecord) -> Promised {
        let stated = self.store.stated(file.receipt);
        let paper = self.store.keying(file.receipt);
        Promised {
            records: stated.as_ref().and_then(|stated| stated.records),
            amount_total: stated.and_then(|stated| stated.amount_total),
            requester: paper.and_then(|record| self.customer_of(file, &record)),
        }
    }

    /// Whether it is a file's turn by its number: what is to be told of it, or why it is refused.
    pub(super) fn in_turn(
        &self,
        file: &FileRecord,
        fresh: &Fresh,
    ) -> Result<Option<Finding>, Box<Finding>> {
        let number = self.store.stated(file.receipt).and_then(|stated| stated.seq);
        let Some(number) = number else { return Ok(None) };
        let (channel, folder) = (&file.submitter.channel, &file.submitter.folder);
        let mut sequence = self.store.sequence(channel, folder);
        for (number, content) in fresh.numbers(channel, folder) {
            sequence.take(*number, *content);
        }
        match sequence.turn(number, file.digest) {
            Turn::Fits => Ok(None),
            Turn::Gap { from, to } => Ok(Some(gap(number, (from, to)))),
            Turn::Repeat => Err(Box::new(repeat(number))),
        }
    }
}

/// What is said of a file; none where it is said of another, cannot be read, or is missing though
/// it must be there.
fn fitting(arrival: &Arrival, demanded: bool) -> Option<Manifest> {
    let beside = &arrival.beside;
    if demanded && beside.manifest.is_none() && beside.sha256.is_none() {
        return None;
    }
    let fits = |said: &Manifest| said.fits(&arrival.name, arrival.digest, arrival.bytes);
    if let Some(bytes) = &beside.sha256 {
        read_sha256(bytes, &arrival.name).filter(fits)?;
    }
    let Some(bytes) = &beside.manifest else { return Some(Manifest::default()) };
    let mut manifest = read_manifest(bytes)?;
    // The file's own name was made safe to show, too.
    manifest.file = manifest.file.as_deref().map(shown_name);
    Some(manifest).filter(fits)
}

fn gap(number: u64, (from, to): (u64, u64)) -> Finding {
    let missing = if from == to { from.to_string() } else { format!("{from}～{to}") };
    let told = whole_file(
        Code::Seq,
        &format!(
            "通番{missing}のファイルが届いていません。このファイル（通番{number}）は受け付けました。\
             前のファイルを出し忘れていないか、お確かめください。"
        ),
        &format!("previous file missing ({missing}); this one ({number}) was taken in"),
    );
    Finding { severity: Severity::Warning, value: number.to_string(), ..told }
}

fn repeat(number: u64) -> Finding {
    let told = whole_file(
        Code::Seq,
        &format!(
            "通番{number}は、別のファイルで受け付けたものか、古すぎる番号です。\
             新しい通番を付けて、もう一度お出しください。"
        ),
        &format!("number {number} was taken by another file, or is too old; give a new one"),
    );
    Finding { value: number.to_string(), ..told }
}
