//! Rules come into force: what lies on disk, or what two people published. All or nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::{fmt, io};

use tracing::{info, warn};

use crate::domain::Digest;
use crate::ports::{Blobs, Entry, InForce, Published, PublishedFile, StoreError};
use crate::workflow::{
    Files, Mistake, Publication, decoded, effective_from, is_published, not_in_force,
};

use super::{Desk, Rulebook};

/// Where rules come from and where published ones are put: the root folder.
pub trait RuleSource: Send + Sync + fmt::Debug {
    /// Every file under `workflows/` and `templates/` that rules are made from, as it lies there.
    fn read(&self) -> io::Result<Files>;

    /// Rules made from files; errs with every mistake in them.
    fn make(&self, files: Files) -> Result<Rulebook, Vec<Mistake>>;

    /// Puts a file in its place, whole or not at all, and durable.
    fn place(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Tells what is wrong with `files` beside them; nothing any more where nothing is.
    fn tell(&self, mistakes: &[Mistake], files: &Files) -> io::Result<()>;
}

/// How the rules on disk stand to those in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What is wrong with the files on disk: because of it earlier ones are in force.
    pub mistakes: Vec<Mistake>,
    /// Files that differ from what was published; the published ones are in force.
    pub unpublished: Vec<String>,
}

impl Standing {
    /// Whether what lies on disk is in force.
    pub const fn is_plain(&self) -> bool {
        self.mistakes.is_empty() && self.unpublished.is_empty()
    }

    /// The same in sentences for the bank's people; none where all is plain.
    pub fn japanese(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if !self.mistakes.is_empty() {
            sentences.push(format!(
                "流れや判断表の変更に誤りがあります（{}）。直るまで、前の定義のまま動いています。",
                self.mistaken().join("、")
            ));
        }
        if !self.unpublished.is_empty() {
            sentences.push(format!(
                "未公開の変更があります（{}）。公開された定義のまま動いています。",
                self.unpublished.join("、")
            ));
        }
        sentences
    }

    /// The files with mistakes, each once.
    pub fn mistaken(&self) -> Vec<&str> {
        let mut files: Vec<&str> = self.mistakes.iter().map(|one| one.file.as_str()).collect();
        files.sort_unstable();
        files.dedup();
        files
    }
}

/// Rules could not be taken up.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The folder or a kept file cannot be read.
    #[error("the rules cannot be read")]
    Io(#[from] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Desk {
    /// Takes rules from `source` from now on.
    pub fn follow_rules(&self, source: Arc<dyn RuleSource>) {
        if self.source.set(source).is_err() {
            warn!("a desk takes its rules from one place; the first one stays");
        }
    }

    /// How the rules on disk stand to those in force.
    pub fn standing(&self) -> Arc<Standing> {
        Arc::clone(&self.standing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes up what lies in the folders, or what was published of it.
    ///
    /// Without a mistake it is in force from now on; else what was in force stays so.
    pub fn reload(&self) -> Result<(), ReloadError> {
        let Some(source) = self.source.get() else { return Ok(()) };
        let _turn = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.rulebook();
        let read = source.read()?;
        let (files, unpublished) = match before.publishing.mode {
            Publication::File => (read, Vec::new()),
            Publication::TwoPeople => {
                published_set(read, &self.store.published(), self.blobs.as_ref())?
            }
        };
        let made = source.make(files.clone()).and_then(|rules| self.still_in_force(&before, rules));
        let mistakes = match made {
            Ok(rules) => {
                if rules.publishing.files != before.publishing.files {
                    info!("new rules are in force");
                }
                self.put_in_force(rules);
                Vec::new()
            }
            Err(mistakes) => {
                warn!(n_rows = mistakes.len(), "the rules have mistakes; earlier ones stay");
                mistakes
            }
        };
        source.tell(&mistakes, &files)?;
        self.stand(Standing { mistakes, unpublished });
        Ok(())
    }

    /// Notes how the rules on disk stand to those in force.
    pub fn stand(&self, standing: Standing) {
        for name in &standing.unpublished {
            warn!(file = name, "a file is not published; the published one is in force");
        }
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(standing);
    }

    /// A flow that is in force today must not be gone because its next definition came early.
    pub(super) fn still_in_force(
        &self,
        before: &Rulebook,
        rules: Rulebook,
    ) -> Result<Rulebook, Vec<Mistake>> {
        let today = self.clock.now().date();
        let gone = not_in_force(&rules.channels, &rules.flows, today);
        let gone = gone.into_iter().filter(|(id, _)| before.flow(id, today).is_some());
        let mistakes: Vec<Mistake> = gone.map(|(_, mistake)| mistake).collect();
        if mistakes.is_empty() { Ok(rules) } else { Err(mistakes) }
    }

    /// Records the rules in force as what the register of publications begins with.
    pub fn take_baseline(&self) -> Result<(), ReloadError> {
        let rules = self.rulebook();
        let first = self.store.published().is_empty();
        if rules.publishing.mode == Publication::File || !first {
            return Ok(());
        }
        let mut files = Vec::new();
        for (name, bytes) in rules.publishing.files.iter().filter(|(name, _)| is_published(name)) {
            let content = self.keep(bytes)?;
            let effective_from = effective_from(&decoded(bytes));
            files.push(PublishedFile { name: name.clone(), content, effective_from });
        }
        self.blobs.sync()?;
        info!(n_rows = files.len(), "the rules on disk are what publication begins with");
        let entry = Entry::Published(Box::new(Published { files, by: Vec::new(), case: None }));
        Ok(self.commit_entries(self.clock.now(), vec![entry])?)
    }
}

/// What is in force of `files` by the register, and the names that differ from it on disk.
pub fn published_set(
    mut files: Files,
    register: &BTreeMap<String, InForce>,
    blobs: &dyn Blobs,
) -> io::Result<(Files, Vec<String>)> {
    let mut differ = Vec::new();
    files.retain(|name, _| {
        let known = !is_published(name) || register.contains_key(name);
        if !known {
            differ.push(name.clone());
        }
        known
    });
    for (name, in_force) in register {
        if files.get(name).is_some_and(|bytes| Digest::of(bytes) == in_force.content) {
            continue;
        }
        differ.push(name.clone());
        files.insert(name.clone(), blobs.open(in_force.content)?.read_all()?);
    }
    differ.sort();
    Ok((files, differ))
}
