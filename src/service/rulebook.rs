//! The bank's own rules as loaded from `workflows/` and `kessai.toml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::accounts::Policy;
use super::fees::FeeRules;
use crate::domain::rules::RuleSettings;
use crate::domain::{BankCalendar, BranchCode, Date, Digest, Directory, Submitter};
use crate::formats::densai::RequestLayout;
use crate::formats::layout::Layout;
use crate::workflow::{
    ApprovalDeadline, Brings, Channel, Files, Flow, Flows, Publication, Schedule,
};

/// Flows, channels, submitters, calendar and settings, all loaded without a mistake.
#[derive(Debug)]
pub struct Rulebook {
    /// Flows by id; several of one id differ in the day they come into force.
    pub flows: Flows,
    /// Channels by name.
    pub channels: BTreeMap<String, Channel>,
    /// Who belongs where on which day; empty where the office keeps no directory.
    pub directory: Arc<Directory>,
    /// What fees go by.
    pub fees: FeeRules,
    /// How 総合振込 files are laid out.
    pub transfers: Layout,
    /// How bulk request files are laid out.
    pub requests: RequestLayout,
    /// How bulk result files are laid out.
    pub results: Layout,
    /// What is done at set times.
    pub schedules: Vec<Schedule>,
    /// Who may submit.
    pub submitters: Vec<Submitter>,
    /// The bank's calendar.
    pub calendar: BankCalendar,
    /// Settings of the domain's rules.
    pub rules: RuleSettings,
    /// The time of day of the approval deadline.
    pub deadline: ApprovalDeadline,
    /// What answers look like.
    pub answers: Answers,
    /// What passwords must be.
    pub passwords: Policy,
    /// What the rules were made from, and how they change.
    pub publishing: Publishing,
}

/// What rules were made from, and how they change.
#[derive(Debug, Clone, Default)]
pub struct Publishing {
    /// How a changed file comes into force.
    pub mode: Publication,
    /// The branch whose folder takes changed rules (本部); none where there is no such folder.
    pub office: Option<BranchCode>,
    /// The files in force, by name below the root.
    pub files: Files,
}

/// What answers look like.
#[derive(Debug)]
pub struct Answers {
    /// Words, labels and mail templates.
    pub words: crate::render::words::Words,
    /// Forms to print, sign and seal.
    pub forms: crate::render::forms::Forms,
    /// The reasons people choose from when they send back or refuse.
    pub reasons: crate::render::reasons::Reasons,
    /// Mail templates.
    pub mails: crate::render::mail::Templates,
    /// The institution and its desk, as printed.
    pub desk: crate::render::view::Desk,
    /// Where the pages are, e.g. `http://127.0.0.1:8600`; links are made from it alone.
    pub base_url: String,
    /// Where the pages are for users who need a certificate; empty where that is the same.
    pub certificate_url: String,
    /// The sender of mails.
    pub sender: crate::render::mail::Sender,
    /// The bank's own page templates by name; the pages compile them when they change.
    pub pages: BTreeMap<String, String>,
}

impl Rulebook {
    /// The flow of this id that is in force on `day`.
    pub fn flow(&self, id: &str, day: Date) -> Option<&Flow> {
        let flows = self.flows.get(id)?;
        flows
            .iter()
            .filter(|flow| flow.definition.effective_from <= day)
            .max_by_key(|flow| flow.definition.effective_from)
    }

    /// The flow whose definition has this hash.
    pub fn flow_by_hash(&self, hash: Digest) -> Option<&Flow> {
        self.flows.values().flatten().find(|flow| flow.definition.hash == hash)
    }

    /// What the files of a channel hold.
    pub(super) fn brings(&self, channel: &str) -> Brings {
        self.channels.get(channel).map_or(Brings::Requests, |channel| channel.brings)
    }

    /// Who submits through a folder.
    pub fn submitter(&self, channel: &str, folder: &str) -> Option<&Submitter> {
        self.submitters.iter().find(|one| one.channel == channel && one.folder == folder)
    }
}
