//! All findings of one file, bounded.

use super::{Code, Finding, Severity};

/// How many findings of each weight there were, whether kept or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FindingCounts {
    /// Errors.
    pub errors: u64,
    /// Warnings.
    pub warnings: u64,
    /// Infos.
    pub infos: u64,
}

/// Collects the findings of one file up to a cap; errors go before warnings and infos.
///
/// A finding past the cap is counted but its words are never made: a file with a million
/// mistakes costs no more memory than one with a thousand.
#[derive(Debug)]
pub struct Findings {
    cap: usize,
    /// Of the whole file: always kept, they are few.
    file: Vec<Finding>,
    errors: Vec<Finding>,
    others: Vec<Finding>,
    counts: FindingCounts,
}

impl Findings {
    /// An empty collection that gives out at most `cap` findings.
    pub const fn new(cap: usize) -> Self {
        let counts = FindingCounts { errors: 0, warnings: 0, infos: 0 };
        Self { cap, file: Vec::new(), errors: Vec::new(), others: Vec::new(), counts }
    }

    /// Adds a finding of the whole file.
    pub fn push_file(&mut self, finding: Finding) {
        self.count(finding.severity);
        if self.file.len() < self.cap {
            self.file.push(finding);
        }
    }

    /// Adds a record's finding; `make` runs only while there is room.
    pub fn push(&mut self, severity: Severity, make: impl FnOnce() -> Finding) {
        self.count(severity);
        let list = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning | Severity::Info => &mut self.others,
        };
        if list.len() < self.cap {
            list.push(make());
        }
    }

    /// The errors of records that are kept so far, in the order in which they were found.
    pub fn errors(&self) -> &[Finding] {
        &self.errors
    }

    /// How many there are of each weight.
    pub const fn counts(&self) -> FindingCounts {
        self.counts
    }

    /// The findings in the order of their records, those of the whole file first; at the cap the
    /// last one says how many more there are.
    pub fn finish(self) -> Vec<Finding> {
        let FindingCounts { errors, warnings, infos } = self.counts;
        let total = errors.saturating_add(warnings).saturating_add(infos);
        let mut others = self.others;
        // Stable: warnings first, each in the order of records.
        others.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let mut all = self.file;
        all.extend(self.errors);
        all.extend(others);
        let over = usize::try_from(total).map_or(true, |total| total > self.cap);
        let last = over.then(|| {
            let keep = self.cap.saturating_sub(1);
            let omitted = all.get(keep).map(|finding| (finding.code, finding.severity));
            all.truncate(keep);
            let kept = u64::try_from(all.len()).unwrap_or(u64::MAX);
            and_more(omitted, total.saturating_sub(kept))
        });
        all.sort_by_key(|finding| finding.record);
        all.extend(last);
        all
    }

    const fn count(&mut self, severity: Severity) {
        let count = match severity {
            Severity::Error => &mut self.counts.errors,
            Severity::Warning => &mut self.counts.warnings,
            Severity::Info => &mut self.counts.infos,
        };
        *count = count.saturating_add(1);
    }
}

/// The last line of a list that was cut; it bears the code of the first finding left out.
fn and_more(omitted: Option<(Code, Severity)>, n: u64) -> Finding {
    let (code, severity) = omitted.unwrap_or((Code::Row, Severity::Error));
    // What is only worth knowing asks for nothing.
    let (ja, en) = if severity == Severity::Info {
        ("", "")
    } else {
        (
            "上の内容を直してから、もう一度お出しください。",
            "; correct those above and submit the file again",
        )
    };
    Finding {
        record: 0,
        line: 0,
        column: 0,
        bytes: None,
        reference: None,
        field: None,
        code,
        severity,
        value: String::new(),
        ja: format!("他 {n} 件あります。{ja}"),
        en: format!("and {n} more{en}"),
    }
}
