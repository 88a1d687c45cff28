//! Manifests: what a submitter says beside a file, held against the file and those before it.

use crate::domain::{Code, Finding, Mismatch, ReceiptNo, Severity, Turn};
use crate::formats::{MANIFEST_KEYS, Manifest, Promised, read_manifest, read_sha256};
use crate::ports::{Entry, FileRecord, Misstated, Stated};
use crate::workflow::{Brings, Complete};

use super::flaws::{flaw_finding, whole_file};
use super::receive::{Arrival, Flaw, Hand};
use super::under_way::Fresh;
use super::{Desk, Rulebook, shown_name};

/// What a manifest comes to.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// What is wrong with the file itself.
    pub(super) flaw: Option<Flaw>,
    /// What is noted of it for when it is judged.
    pub(super) entry: Option<Entry>,
}

/// What is wrong with a file's bytes, and what its manifest says that is judged later. Only
/// requests are judged by it; of anything else the bytes count.
pub(super) fn held_against_manifest(
    rules: &Rulebook,
    arrival: &Arrival,
    receipt: ReceiptNo,
) -> Held {
    if arrival.flaw.is_some() {
        return Held { flaw: arrival.flaw, entry: None };
    }
    let channel = rules.channels.get(&arrival.channel);
    let dropped = matches!(arrival.hand, Hand::Owner(_));
    let demanded = channel.is_some_and(|channel| channel.complete == Complete::Manifest);
    let Manifest { seq, records, amount_total, .. } = match fitting(arrival, demanded && dropped) {
        Ok(manifest) => manifest,
        Err(what) => {
            let entry = Some(Entry::Misstated(Box::new(Misstated { receipt, what })));
            return Held { flaw: Some(Flaw::Manifest), entry };
        }
    };
    let says = seq.is_some() || records.is_some() || amount_total.is_some();
    let judged = matches!(rules.brings(&arrival.channel), Brings::Requests | Brings::Trials);
    let stated = Stated { receipt, seq, records, amount_total };
    Held { flaw: None, entry: (says && judged).then(|| Entry::Stated(Box::new(stated))) }
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

    /// What is told of a file that has a flaw; of its manifest, all that does not fit.
    pub(super) fn flaw_findings(&self, file: &FileRecord, code: Code) -> Vec<Finding> {
        let what = if code == Code::Manifest { self.store.misstated(file.receipt) } else { vec![] };
        // Files received before it was noted have the one sentence.
        if what.is_empty() { vec![flaw_finding(code)] } else { what.iter().map(misfit).collect() }
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

/// What is said of a file; errs with all that keeps it from being said of this one.
fn fitting(arrival: &Arrival, demanded: bool) -> Result<Manifest, Vec<Mismatch>> {
    let beside = &arrival.beside;
    if demanded && beside.manifest.is_none() && beside.sha256.is_none() {
        return Err(vec![Mismatch::Missing]);
    }
    let (place, is) = ((&*arrival.submitter, &*arrival.name), (arrival.digest, arrival.bytes));
    let mut wrong = Vec::new();
    if let Some(bytes) = &beside.sha256 {
        match read_sha256(bytes, &arrival.name) {
            Some(said) => wrong.extend(said.misfits(place, is)),
            None => wrong.push(Mismatch::Checksum),
        }
    }
    let mut manifest = Manifest::default();
    if let Some(bytes) = &beside.manifest {
        match read_manifest(bytes) {
            Ok(said) => {
                manifest = said;
                // They are shown, and the file's own name was made safe to show, too.
                manifest.file = manifest.file.as_deref().map(shown_name);
                manifest.submitter = manifest.submitter.as_deref().map(shown_name);
                wrong.extend(manifest.misfits(place, is));
            }
            Err(not_understood) => wrong.extend(not_understood),
        }
    }
    if wrong.is_empty() { Ok(manifest) } else { Err(wrong) }
}

/// What is told of one thing that does not fit.
fn misfit(one: &Mismatch) -> Finding {
    let known = MANIFEST_KEYS.join("、");
    let (ja, en) = match one {
        Mismatch::Missing => (
            "照合ファイル（.manifest.json か .sha256）がありません。この経路では要ります。"
                .to_owned(),
            "there is no manifest or checksum beside it, and this channel demands one".to_owned(),
        ),
        Mismatch::NoJson => (
            "manifest.json がJSONとして読めません。".to_owned(),
            "the manifest is no JSON object".to_owned(),
        ),
        Mismatch::Key(key) if key == "hmac" => (
            "manifest.json の「hmac」は受け取りません。だれが出せるかは、フォルダで決まります。「hmac」を除いてください。"
                .to_owned(),
            "`hmac` in the manifest is not taken, because who may drop is decided by the folder; \
             leave it out"
                .to_owned(),
        ),
        Mismatch::Key(key) => (
            format!("manifest.json の「{key}」は知らない名前です。書ける名前は {known} です。"),
            format!("nobody knows `{key}` in the manifest; known are {}", MANIFEST_KEYS.join(", ")),
        ),
        Mismatch::Value(key) => (
            format!("manifest.json の「{key}」の値が読めません。"),
            format!("the value of `{key}` in the manifest cannot be read"),
        ),
        Mismatch::Nothing => (
            "manifest.json に bytes も sha256 もありません。".to_owned(),
            "the manifest has neither `bytes` nor `sha256`".to_owned(),
        ),
        Mismatch::Checksum => (
            ".sha256 のファイルに、このファイルの64桁の値がありません。".to_owned(),
            "the checksum file holds no checksum of this file".to_owned(),
        ),
        Mismatch::File(said) => (
            format!("manifest.json は、別の名前のファイル「{said}」のものです。"),
            format!("the manifest speaks of the file {said}"),
        ),
        Mismatch::Submitter(said) => (
            format!("manifest.json は、別の提出者「{said}」のものです。"),
            format!("the manifest speaks of the submitter {said}"),
        ),
        Mismatch::Bytes { said, found } => (
            format!("照合ファイルでは{said}バイトですが、ファイルは{found}バイトです。"),
            format!("{said} bytes were said, there are {found}"),
        ),
        Mismatch::Sha256 => (
            "ファイルのSHA-256が、照合ファイルのものと違います。".to_owned(),
            "the SHA-256 is another than what is said".to_owned(),
        ),
    };
    whole_file(
        Code::Manifest,
        &format!("{ja}照合ファイルを作り直して、両方をお出しください。"),
        &format!("{en}; make the manifest again and submit both"),
    )
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
