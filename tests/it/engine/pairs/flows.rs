//! The flows of the pairs: one step of every kind before the place where the case stands.

use std::collections::BTreeMap;

use kessai::domain::ApprovalPattern;
use kessai::workflow::{Definition, Mistake, load_with_tables};

/// Where a case stands when something is done to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stand {
    pub(super) name: &'static str,
    /// The steps that are written there; the one it stands at is called `stand`.
    steps: &'static str,
    /// The contract's pattern.
    pub(super) pattern: ApprovalPattern,
    /// How many have decided at `stand`.
    pub(super) votes: usize,
    /// How many must.
    pub(super) seats: usize,
    /// A place of its own it may be sent back to.
    pub(super) own: Option<&'static str>,
    pub(super) kind: Kind,
}

/// What a case stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Approve,
    Task,
    Wait,
    /// In one branch of two, of which the other is open or done.
    Branch,
    BranchLast,
}

const SINGLE: ApprovalPattern = ApprovalPattern::Single;
const APPROVE: Stand = Stand {
    name: "",
    steps: "",
    pattern: SINGLE,
    votes: 0,
    seats: 2,
    own: Some("officer"),
    kind: Kind::Approve,
};
const ORDERED: &str = "  - approve: stand
    order: ordered
    need: [{who: officer}, {who: manager}]
    exceptions: split
PATIENCE";
const ANY: &str = "  - approve: stand
    order: any
    need: [{who: officer, n: 2}]
    exceptions: split
PATIENCE";
const CONTRACT: &str = "  - approve: stand
    need: {pattern: contract}
    who: customer
    exceptions: split
PATIENCE";
const TASK: &str = "  - task: stand
    who: officer
    form: {amount: {label: 金額, type: yen}}
PATIENCE";
const TWIN: &str = "  - task: stand
    who: officer
    twin: blind
    form: {amount: {label: 金額, type: yen}}
PATIENCE";
const BRANCHES: &str = "  - parallel: both
    branches:
      - - task: inner
          who: clerk
          form: {amount: {label: 金額, type: yen}}
        - approve: stand
          need: [{who: officer}, {who: manager}]
          exceptions: split
    PATIENCE
      - - approve: other
          need: [{who: legal}]
          withdraw: until_done
";
const BESIDE_A_WAIT: &str = "  - parallel: both
    branches:
      - - task: inner
          who: clerk
          form: {amount: {label: 金額, type: yen}}
        - approve: stand
          need: [{who: officer}, {who: manager}]
    PATIENCE
      - - wait: other
          for: file
          release: manager
";
const AFTER_EMIT: &str = "  - emit: sent
    effects: [clearing]
    compensate: cancel_notice
  - approve: stand
    need: [{who: officer}, {who: manager}]
    exceptions: split
PATIENCE";
const CALLED: &str = "  - call: stand\n";
const LATE: &str = "  - approve: stand
    need: [{who: officer}, {who: manager}]
    exceptions: split
    due: 4bh
PATIENCE";
const FILE: &str = "  - wait: stand
    for: file
    release: manager
    timeout: 4bh
";
const MESSAGE: &str = "  - wait: stand
    for: message
    release: manager
    timeout: 4bh
";
const RELEASE: &str = "  - wait: stand
    for: release
    release: manager
    timeout: 4bh
";
const DATE: &str = "  - wait: stand
    for: {date: record_date, days: -1, at: \"14:00\"}
    release: manager
";
const WAIT: Stand = Stand { seats: 0, own: None, kind: Kind::Wait, ..APPROVE };

/// Every place there is.
pub(super) const STANDS: [Stand; 23] = [
    Stand { name: "ordered", steps: ORDERED, ..APPROVE },
    Stand { name: "ordered, one signed", steps: ORDERED, votes: 1, ..APPROVE },
    Stand { name: "any", steps: ANY, ..APPROVE },
    Stand { name: "any, one signed", steps: ANY, votes: 1, ..APPROVE },
    Stand { name: "without contract", steps: ORDERED, pattern: ApprovalPattern::None, ..APPROVE },
    Stand { name: "contract, single", steps: CONTRACT, seats: 1, own: None, ..APPROVE },
    Stand {
        name: "contract, double ordered, one signed",
        steps: CONTRACT,
        pattern: ApprovalPattern::DoubleOrdered,
        votes: 1,
        own: None,
        ..APPROVE
    },
    Stand {
        name: "contract, double any, one signed",
        steps: CONTRACT,
        pattern: ApprovalPattern::DoubleAny,
        votes: 1,
        own: None,
        ..APPROVE
    },
    Stand { name: "task", steps: TASK, seats: 1, kind: Kind::Task, ..APPROVE },
    Stand { name: "twin", steps: TWIN, kind: Kind::Task, ..APPROVE },
    Stand { name: "twin, one entered", steps: TWIN, votes: 1, kind: Kind::Task, ..APPROVE },
    Stand { name: "branch", steps: BRANCHES, kind: Kind::Branch, ..APPROVE },
    Stand { name: "branch, one signed", steps: BRANCHES, votes: 1, kind: Kind::Branch, ..APPROVE },
    Stand { name: "branch, other done", steps: BRANCHES, kind: Kind::BranchLast, ..APPROVE },
    Stand { name: "branch beside a wait", steps: BESIDE_A_WAIT, kind: Kind::Branch, ..APPROVE },
    Stand { name: "after an emit", steps: AFTER_EMIT, ..APPROVE },
    Stand { name: "after an emit, one signed", steps: AFTER_EMIT, votes: 1, ..APPROVE },
    Stand { name: "called part, one signed", steps: CALLED, votes: 1, ..APPROVE },
    Stand { name: "overdue", steps: LATE, votes: 1, ..APPROVE },
    Stand { name: "wait for a file", steps: FILE, ..WAIT },
    Stand { name: "wait for a message", steps: MESSAGE, ..WAIT },
    Stand { name: "wait for a release", steps: RELEASE, ..WAIT },
    Stand { name: "wait for a day", steps: DATE, ..WAIT },
];

impl Stand {
    pub(super) fn is_late(&self) -> bool {
        self.steps == LATE
    }

    pub(super) fn has_emitted(&self) -> bool {
        self.steps == AFTER_EMIT
    }

    pub(super) fn in_branch(&self) -> bool {
        matches!(self.kind, Kind::Branch | Kind::BranchLast)
    }

    pub(super) fn beside_a_wait(&self) -> bool {
        self.steps == BESIDE_A_WAIT
    }

    /// Where the case may be sent back to from here.
    pub(super) fn targets(&self) -> Vec<&'static str> {
        let mut all = vec!["close", "submitter", "first", "keyed", "twin", "early", "ask"];
        all.extend(self.own);
        all.extend(Some("inner").filter(|_| self.in_branch()));
        all
    }

    /// The flow, with what the place allows.
    pub(super) fn flow(&self, resume: &str, withdraw: &str) -> Definition {
        let targets = self.targets().join(", ");
        self.load(&targets, resume, withdraw).unwrap()
    }

    /// The same with other targets.
    pub(super) fn load(
        &self,
        targets: &str,
        resume: &str,
        withdraw: &str,
    ) -> Result<Definition, Vec<Mistake>> {
        let patience = format!(
            "    return_to: {{targets: [{targets}], resume: {resume}}}\n    withdraw: {withdraw}\n"
        );
        let deep = patience.replace("    return_to", "      return_to");
        let deep = deep.replace("    withdraw", "          withdraw");
        let steps = self.steps.replace("    PATIENCE\n", &format!("    {deep}"));
        let steps = steps.replace("PATIENCE", &patience);
        let mut texts = crate::engine::texts();
        let part = format!("{PART}{}", ORDERED.replace("PATIENCE", &patience));
        texts.insert("parts/stand.yaml".to_owned(), part);
        let before = BEFORE.replace("RESUME", resume);
        load(&format!("{before}{steps}{AFTER}"), &texts)
    }
}

fn load(text: &str, texts: &BTreeMap<String, String>) -> Result<Definition, Vec<Mistake>> {
    load_with_tables("pairs.yaml", text, texts)
}

const PART: &str = "\
schema: 1
title: 部品
people:
  officer: {role: officer, at: desk}
steps:
";
const BEFORE: &str = "\
schema: 1
id: pairs
title: 組み合わせ
effective_from: 2026-04-01
people:
  checker: {role: checker, at: desk}
  manager: {role: manager, at: desk}
  officer: {role: officer, at: desk}
  legal: {role: compliance, at: desk}
  clerk: {role: clerk, at: desk}
  customer: {authority: approve, at: submitter}
steps:
  - check: look
    rules: [{id: small, when: \"total >= 1_000\", fail: warn, say: 点検}]
  - approve: first
    need: {pattern: contract}
    who: customer
    exceptions: split
  - task: keyed
    who: clerk
    form: {amount: {label: 金額, type: yen}}
  - task: twin
    who: clerk
    twin: blind
    form: {amount: {label: 金額, type: yen}}
  - decide: route
    table: kengen.csv
    out: {level: {label: 決裁区分, of: {branch: 照査と決裁, hq: 本部}}}
  - wait: news
    for: message
    release: manager
    then: {ng: refused}
  - approve: early
    order: any
    need: [{who: checker, n: 2}]
    exceptions: split
    return_to: {targets: [close, submitter, first, keyed, twin], resume: RESUME}
";
const AFTER: &str = "  - approve: desk
    need: [{who: manager}, {who: legal}]
    return_to: {targets: [close, ask], resume: restart}
  - emit: out
    effects: [clearing, receipt, mail]
  - end: done
  - task: ask
    who: submitter
    form: {answer: {label: ご回答, type: yen}}
    next: keyed
  - end: refused
    outcome: rejected
";
