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
    /// Whether nothing is on it.
    pub blank: bool,
    /// What its QR codes say, from the top.
    pub marks: Vec<String>,
}

/// Why a scanned file shows no page. New kinds are added at the end: stored journals number them.
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
