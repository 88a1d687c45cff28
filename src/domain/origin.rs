//! How a request reached the bank (受付経路): it decides fees and what may be asked for at all.

use serde::{Deserialize, Serialize};

/// How a request reached the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// オンライン: the customer sent it.
    Online,
    /// 書面: a branch keyed it from a form, which everybody concerned has signed.
    Paper,
}

impl Origin {
    /// All.
    pub const ALL: [Self; 2] = [Self::Online, Self::Paper];

    /// How files of a channel reached the bank: what branches drop came on paper or by fax.
    pub fn of(channel: &str) -> Self {
        if matches!(channel, "branches" | "fax") { Self::Paper } else { Self::Online }
    }

    /// オンライン or 書面.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Online => "オンライン",
            Self::Paper => "書面",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn what_a_branch_drops_came_on_paper_and_everything_else_from_the_customer() {
        let paper = ["branches", "fax"].map(Origin::of);
        assert_eq!(paper, [Origin::Paper; 2]);
        let online = ["customers", "test"].map(Origin::of);
        assert_eq!(online, [Origin::Online; 2]);
    }
}
