//! That a decision came on paper, as pages, papers and answers tell it.

use crate::domain::{CaseId, Timestamp};
use crate::ports::PaperVote;
use crate::workflow::Case;

use super::Desk;

impl Desk {
    /// That a decision came on paper, in a sentence: the scan, the time beside the stamp, and who
    /// read it; nothing for what was decided on the pages.
    pub(in crate::service) fn came_on_paper(
        &self,
        case: CaseId,
        (by, at): (&str, Timestamp),
    ) -> Option<String> {
        let mut votes = self.store.paper_votes(case).into_iter();
        let is_by = |one: &PaperVote| {
            one.reading.said.by.as_ref().is_some_and(|stamped| stamped.as_str() == by)
        };
        let same = |one: &PaperVote| is_by(one) && one.at == at;
        let found = votes.find(same)?;
        let scan = self.store.file(found.receipt)?.digest;
        let stamped = found.reading.said.at.map(Timestamp::japanese).unwrap_or_default();
        let known = [
            ("digest", scan.to_string()),
            ("stamped", stamped),
            ("keyed", self.name_of(&found.reading.by)),
            ("confirmed", self.name_of(&found.confirmed_by)),
        ];
        let known = known.each_ref().map(|(name, text)| (*name, text.as_str()));
        Some(self.rulebook().answers.words.fill("acts.on_paper", &known))
    }

    /// The decisions on a case that came on paper, in sentences.
    pub(in crate::service) fn told_on_paper(&self, case: &Case) -> Vec<String> {
        let past = case.head.aside.iter().flat_map(|aside| &aside.past);
        let votes = past.chain(&case.head.votes);
        let told = votes.filter_map(|vote| {
            let said = self.came_on_paper(case.head.id, (vote.by.as_str(), vote.at))?;
            Some(format!("{}の{}は{said}。", vote.name, vote.kind.japanese()))
        });
        told.collect()
    }
}
