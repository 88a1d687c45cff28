//! A case with branches, seen from each of them.

use super::{CaseHead, Status};

impl CaseHead {
    /// Puts a branch in the place of the case's own step, or back: doing it twice changes nothing.
    ///
    /// While a branch is in focus everything that works on the open step works on the branch's.
    pub(in crate::workflow) fn focus(&mut self, branch: u8) {
        let Some(aside) = self.aside.as_deref_mut() else { return };
        let Some(token) = aside.tokens.get_mut(usize::from(branch)) else { return };
        std::mem::swap(&mut self.step, &mut token.step);
        std::mem::swap(&mut self.status, &mut token.status);
        std::mem::swap(&mut self.due, &mut token.due);
        std::mem::swap(&mut aside.assigned, &mut token.assigned);
        std::mem::swap(&mut aside.resume, &mut token.resume);
        std::mem::swap(&mut aside.entered, &mut token.entered);
        std::mem::swap(&mut aside.wake, &mut token.wake);
        std::mem::swap(&mut aside.fired, &mut token.fired);
        std::mem::swap(&mut aside.escalated, &mut token.escalated);
    }

    /// The case as each of its open branches has it; the case itself where it has none.
    pub(in crate::workflow) fn places(&self) -> Vec<Self> {
        let tokens = (0_u8..).zip(self.tokens());
        let open = tokens.filter(|(_, token)| token.status != Status::Completed);
        let open: Vec<u8> = open.map(|(branch, _)| branch).collect();
        if open.is_empty() || self.status.is_final() {
            return vec![self.clone()];
        }
        let focused = |branch| {
            let mut head = self.clone();
            head.focus(branch);
            // Seen from here there is one open step; looking again looks at the same.
            if let Some(aside) = head.aside.as_deref_mut() {
                aside.tokens.clear();
            }
            // What the whole case is, every branch is.
            if matches!(self.status, Status::Held | Status::SentBack) {
                head.status = self.status;
            }
            head
        };
        open.into_iter().map(focused).collect()
    }

    /// What the whole case is by what its branches are.
    pub(in crate::workflow) fn sum_up(&mut self) {
        if matches!(self.status, Status::Held | Status::SentBack) || self.status.is_final() {
            return;
        }
        let Some(aside) = self.aside.as_deref_mut() else { return };
        let open = || aside.tokens.iter().filter(|token| token.status != Status::Completed);
        if open().next().is_none() {
            return;
        }
        let any = |status| open().any(|token| token.status == status);
        let found =
            [Status::Incident, Status::Overdue, Status::Active].into_iter().find(|s| any(*s));
        self.status = found.unwrap_or(Status::Waiting);
        self.due = open().filter_map(|token| token.due).min();
        aside.wake = open().filter_map(|token| token.wake).min();
    }
}
