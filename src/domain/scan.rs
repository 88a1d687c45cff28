//! What was read of a scanned paper or a FAX.

use serde::{Deserialize, Serialize};

/// A scanned file: its pages in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// The pages; at least one where the file could be read.
    pub pages: Vec<ScanPage>,
}

/// One page of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanPage {
    /// Its width in dots.
    pub width: u32,
    /// Its rows of dots, damaged ones counted.
    pub height: u32,
    /// Dots an inch across and down, 0 where the file does not tell. A FAX in standard quality has
    /// 204 by 98.
    pub dpi: (u32, u32),
    /// The rows that were read without damage.
    pub rows_read: u32,
    /// Damaged rows: the first and the last of each run, counted from 1.
    pub damaged: Vec<(u32, u32)>,
    /// What there is to see on it.
    pub seen: Seen,
    /// What its QR codes say, from the top.
    pub marks: Vec<String>,
}

/// What there is to see on a page. Journals have the first two from when there were only they, and
/// it was said whether a page is blank: `false` and `true`, which are stored as 0 and 1 are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Dots, or what damage left of them.
    #[default]
    Something,
    /// Nothing: it is blank.
    Nothing,
    /// It cannot be shown here, and why.
    Hidden(ScanFlaw),
}

impl ScanPage {
    /// Why it cannot be shown; none where it can.
    pub const fn hidden(&self) -> Option<&ScanFlaw> {
        match &self.seen {
            Seen::Hidden(flaw) => Some(flaw),
            Seen::Something | Seen::Nothing => None,
        }
    }
}

/// Why a scanned file, or a page of it, is not shown. New kinds are added at the end: stored
/// journals number them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanFlaw {
    /// It is none of the kinds of picture that are read.
    #[error("not a TIFF, PNG, JPEG or PDF file")]
    Unknown,
    /// It is locked by a password.
    #[error("the PDF is encrypted")]
    Encrypted,
    /// A way of packing that is not read (JBIG2, JPEG 2000): named, and keyed by eye.
    #[error("packed as {0}, which is not read")]
    Packing(String),
    /// A page larger than anything a scanner makes, or more memory than any page takes.
    #[error("beyond the limits of a page")]
    Limits,
    /// Nothing in it could be read.
    #[error("{0}")]
    Damaged(String),
    /// A page of a PDF with more on it than one picture (text, layers, stamps): named, and keyed by
    /// eye.
    #[error("a page with {0}, which is not drawn")]
    Drawn(String),
    /// More pages, or more dots on all of them, than a file may have.
    #[error("more pages, or larger ones, than a file may have")]
    TooMuch,
    /// Reading it took longer than any file may take.
    #[error("reading it took longer than any file may take")]
    TooSlow,
}

impl ScanFlaw {
    /// Whether somebody who opens the file itself is likely to see what is on it.
    pub const fn is_read_by_eye(&self) -> bool {
        matches!(self, Self::Packing(_) | Self::Drawn(_))
    }

    /// What stands in the way, in a word or two for people; empty where nobody knows.
    pub fn japanese(&self) -> &str {
        match self {
            Self::Packing(how) => how,
            Self::Drawn(_) => "文字や図、いくつかの画像を重ねたページ",
            Self::Encrypted => "パスワード",
            Self::Limits | Self::TooMuch => "大きすぎるページ",
            Self::TooSlow => "読むのに時間のかかるページ",
            Self::Damaged(_) => "壊れたページ",
            Self::Unknown => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_old_journals_are_read_and_written_as_they_were() {
        /// A page as it was: whether it is blank, and nothing of why it is not shown.
        #[derive(Serialize, Deserialize)]
        struct Old {
            width: u32,
            height: u32,
            dpi: (u32, u32),
            rows_read: u32,
            damaged: Vec<(u32, u32)>,
            blank: bool,
            marks: Vec<String>,
        }
        for (blank, seen) in [(false, Seen::Something), (true, Seen::Nothing)] {
            let marks = vec!["K1".to_owned()];
            let (width, height, dpi, rows_read) = (1_728, 2_292, (204, 196), 2_290);
            let damaged = vec![(3, 4)];
            let old = Old { width, height, dpi, rows_read, damaged, blank, marks };
            let bytes = postcard::to_stdvec(&old).unwrap();
            let page: ScanPage = postcard::from_bytes(&bytes).unwrap();
            assert_eq!((&page.seen, page.damaged.as_slice()), (&seen, &[(3, 4)][..]));
            assert_eq!((page.marks.as_slice(), page.rows_read), (&["K1".to_owned()][..], 2_290));
            assert_eq!(postcard::to_stdvec(&page).unwrap(), bytes, "its digest is the same, too");
        }
        let hidden = Seen::Hidden(ScanFlaw::Packing("JBIG2".to_owned()));
        let page = ScanPage { seen: hidden, ..ScanPage::default() };
        let bytes = postcard::to_stdvec(&page).unwrap();
        assert_eq!(postcard::from_bytes::<ScanPage>(&bytes).unwrap(), page);
    }
}
