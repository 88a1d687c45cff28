//! What manifests said: of files that are not judged yet, and the numbers that were taken.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Digest, ReceiptNo, Sequence};
use crate::ports::{Misstated, Stated};

/// A submitter: channel and folder.
pub(in crate::store) type Sender = (String, String);

/// What manifests said. Empty where nobody sends any.
#[derive(Debug, Default)]
pub(in crate::store) struct Manifests {
    stated: BTreeMap<ReceiptNo, Stated>,
    misstated: BTreeMap<ReceiptNo, Misstated>,
    sequences: BTreeMap<Sender, Sequence>,
    pub(in crate::store) dirty: BTreeSet<ReceiptNo>,
    pub(in crate::store) dirty_misstated: BTreeSet<ReceiptNo>,
    pub(in crate::store) dirty_sequences: BTreeSet<Sender>,
}

impl Manifests {
    /// What the manifest of a file says.
    pub(super) fn told(&mut self, stated: Stated) {
        self.stated.insert(stated.receipt, stated);
        self.dirty.insert(stated.receipt);
    }

    /// Why a file is not the one its manifest speaks of.
    pub(super) fn misfits(&mut self, misstated: Misstated) {
        self.dirty_misstated.insert(misstated.receipt);
        self.misstated.insert(misstated.receipt, misstated);
    }

    /// A file was judged; one that was taken in takes its number.
    pub(super) fn judged(&mut self, receipt: ReceiptNo, taken: Option<(Sender, Digest)>) {
        if self.misstated.remove(&receipt).is_some() {
            self.dirty_misstated.insert(receipt);
        }
        let Some(stated) = self.stated.remove(&receipt) else { return };
        self.dirty.insert(receipt);
        if let (Some(number), Some((sender, content))) = (stated.seq, taken) {
            self.sequences.entry(sender.clone()).or_default().take(number, content);
            self.dirty_sequences.insert(sender);
        }
    }

    /// Takes back in what a file's manifest says.
    pub(in crate::store) fn load(&mut self, stated: Stated) {
        self.stated.insert(stated.receipt, stated);
    }

    /// Takes back in why a file does not fit.
    pub(in crate::store) fn load_misstated(&mut self, misstated: Misstated) {
        self.misstated.insert(misstated.receipt, misstated);
    }

    /// Takes the numbers of a submitter back in.
    pub(in crate::store) fn load_sequence(&mut self, (sender, sequence): (Sender, Sequence)) {
        self.sequences.insert(sender, sequence);
    }

    pub(in crate::store) fn stated(&self, receipt: ReceiptNo) -> Option<&Stated> {
        self.stated.get(&receipt)
    }

    pub(in crate::store) fn misstated(&self, receipt: ReceiptNo) -> Option<&Misstated> {
        self.misstated.get(&receipt)
    }

    pub(in crate::store) fn sequence(&self, (channel, folder): (&str, &str)) -> Sequence {
        let sender = (channel.to_owned(), folder.to_owned());
        self.sequences.get(&sender).cloned().unwrap_or_default()
    }

    /// Everything in a fixed order, for the state's digest.
    pub(in crate::store) fn in_order(
        &self,
    ) -> (impl Iterator<Item = &Stated>, impl Iterator<Item = (&Sender, &Sequence)>) {
        (self.stated.values(), self.sequences.iter())
    }

    /// Files that do not fit, in a fixed order, for the state's digest.
    pub(in crate::store) fn misstated_in_order(&self) -> impl Iterator<Item = &Misstated> {
        self.misstated.values()
    }

    /// How many files are not judged yet, how many do not fit, how many submitters give numbers.
    pub(in crate::store) fn counts(&self) -> (usize, usize, usize) {
        (self.stated.len(), self.misstated.len(), self.sequences.len())
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty = self.stated.keys().copied().collect();
        self.dirty_misstated = self.misstated.keys().copied().collect();
        self.dirty_sequences = self.sequences.keys().cloned().collect();
    }
}
