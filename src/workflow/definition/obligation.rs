//! What is still to be done once a case is approved (徴求).

use super::{Due, Who};

/// Something that must be done after the approval, e.g. having the original by post. It holds
/// nothing up: neither the approval nor what is sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Its name within the definition.
    pub id: String,
    /// What is to be done, e.g. 原本の徴求.
    pub title: String,
    /// Whose task it is.
    pub who: Who,
    /// Until when, counted from the last approval.
    pub due: Due,
}
