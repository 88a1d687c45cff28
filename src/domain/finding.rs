//! Findings: what is wrong with a customer's data, where, and what to write instead.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing found in a file.
///
/// Shape: `record` counts the file's records from 1, 0 is the whole file; `line` is the physical
/// line where the record begins, the header being line 1; `column` is the spreadsheet column
/// from 1 (XML: the character), 0 when the finding belongs to no column.
/// Made by `formats` and `domain::rules`; never an error of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which record, from 1; 0 for the whole file.
    pub record: u32,
    /// Physical line, from 1; 0 when it has none.
    pub line: u32,
    /// Spreadsheet column from 1; 0 when it has none.
    pub column: u32,
    /// Where in a fixed-length file; none in files of another form.
    ///
    /// The findings file keeps it apart from the rest, so that older ones stay readable.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub bytes: Option<Box<BytePlace>>,
    /// 請求者RefNo of the row it is about, where that could be read: what people look a row up by.
    ///
    /// The findings file keeps it apart, too.
    #[serde(skip)]
    pub reference: Option<Box<str>>,
    /// The column's meaning, if it has one.
    pub field: Option<Field>,
    /// The stable code.
    pub code: Code,
    /// Whether it stops the record.
    pub severity: Severity,
    /// The value found, masked where it names an account.
    pub value: String,
    /// What is wrong and what to write instead, in plain Japanese.
    pub ja: String,
    /// The same in English.
    pub en: String,
}

impl Finding {
    /// Whether it tells of a value that was filled in or written otherwise, and of nothing to
    /// mend: whoever sent it is told all the same, so that nothing is altered silently.
    pub fn alters(&self) -> bool {
        self.severity == Severity::Info && matches!(self.code, Code::D33 | Code::F07)
    }
}

/// A run of bytes in a fixed-length file.
///
/// Shape: `record` counts every record of the file from 1, headers too; `first` and `last` count
/// the record's bytes from 1; `offset` is the place of the first byte in the file from 0, newlines
/// counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BytePlace {
    /// Which record of the file.
    pub record: u32,
    /// The first byte's place in the file.
    pub offset: u64,
    /// The first byte in its record.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// The field as its layout calls it; empty when the whole record is meant.
    pub name: String,
}

impl BytePlace {
    /// `22〜30バイト目`, or `4バイト目`.
    fn span(&self) -> String {
        let Self { first, last, .. } = self;
        if first == last {
            format!("{first}バイト目")
        } else {
            format!("{first}〜{last}バイト目")
        }
    }
}

/// As a person looks for it: `レコード3、22〜30バイト目「被請求者利用者番号」`.
impl fmt::Display for BytePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "レコード{}", self.record)?;
        if self.name.is_empty() {
            Ok(())
        } else {
            write!(f, "、{}「{}」", self.span(), self.name)
        }
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Info,
    /// Taken in as shown; a person should look.
    Warning,
    /// The record, or the whole file, is not taken in.
    Error,
}

impl Severity {
    /// `error`, `warning` or `info`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// エラー, 警告 or 参考.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Info => "参考",
            Self::Warning => "警告",
            Self::Error => "エラー",
        }
    }
}

/// The value with all but its last three characters replaced by `*`.
pub fn mask(value: &str) -> String {
    let length = value.chars().count();
    let hidden = length.saturating_sub(3);
    value.chars().enumerate().map(|(at, c)| if at < hidden { '*' } else { c }).collect()
}

macro_rules! codes {
    ($($name:ident $text:literal),+ $(,)?) => {
        /// A finding's stable code. Each has a page, printed by `kessai explain CODE`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "a code is explained by its page")]
        pub enum Code {
            $(#[serde(rename = $text)] $name),+
        }

        impl Code {
            /// Every code, file codes first.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as people quote it, e.g. `D07`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Reads a code as people quote it.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text))
            }
        }
    };
}

codes! {
    Empty "E_EMPTY", Type "E_TYPE", Name "E_NAME", Link "E_LINK", Size "E_SIZE", Enc "E_ENC",
    Gaiji "E_GAIJI", Schema "E_SCHEMA", Column "E_COLUMN", Quote "E_QUOTE", Xml "E_XML",
    XmlDtd "E_XML_DTD", XmlLimit "E_XML_LIMIT", Total "E_TOTAL", Identity "E_IDENTITY",
    DupFile "E_DUP_FILE", Incomplete "E_INCOMPLETE", Claim "E_CLAIM", Io "E_IO",
    Row "E_ROW", DupKey "E_DUP_KEY",
    D01 "D01", D02 "D02", D03 "D03", D04 "D04", D05 "D05", D06 "D06", D07 "D07", D08 "D08",
    D09 "D09", D10 "D10", D12 "D12", D18 "D18", F07 "F07", F10 "F10", Rules "E_RULES",
    Result "E_RESULT", R01 "R01", R02 "R02", R03 "R03", R04 "R04", R05 "R05", R06 "R06",
    R07 "R07", R08 "R08", R99 "R99", D13 "D13", D14 "D14", D19 "D19", D21 "D21",
    D15 "D15", D16 "D16", D30 "D30", D31 "D31",
    D22 "D22", D23 "D23", D24 "D24", D25 "D25", D26 "D26", D27 "D27", D28 "D28", D29 "D29",
    R09 "R09", R10 "R10", D32 "D32", D33 "D33",
    K01 "K01", K02 "K02", K03 "K03", K04 "K04", K05 "K05", K06 "K06", K07 "K07",
    D34 "D34", Authority "E_AUTHORITY", K08 "K08", Bounce "E_BOUNCE", K09 "K09", K10 "K10",
    F01 "F01", F02 "F02", F03 "F03", F04 "F04", F05 "F05", F06 "F06", F08 "F08", F09 "F09",
    F11 "F11", C01 "C01", C02 "C02", C05 "C05", Image "E_IMAGE", PdfEnc "E_PDF_ENC",
    Formula "E_FORMULA", Manifest "E_MANIFEST", Seq "E_SEQ", Owner "E_OWNER", D11 "D11",
    Book "E_BOOK", Poison "E_POISON", Virus "E_AV", DupWay "E_DUP_WAY", Pages "E_PAGES",
    P01 "P01", P02 "P02", P03 "P03", P04 "P04", P05 "P05", Pair "E_PAIR", D35 "D35",
}

impl Code {
    /// Whether it may tell of no more than how a value was typed: of what somebody keyed in from a
    /// paper that is nothing to whoever wrote the paper.
    pub const fn is_of_typing(self) -> bool {
        matches!(self, Self::D02 | Self::D05 | Self::D06 | Self::F07 | Self::Formula)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

macro_rules! fields {
    ($($name:ident $en:literal $ja:literal),+ $(,)?) => {
        /// A column of a request, the same in CSV and XML.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the Japanese header beside each is its meaning")]
        pub enum Field {
            $($name),+
        }

        impl Field {
            /// All columns in the order of the published header.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// How many columns there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The place in [`Self::ALL`].
            #[expect(clippy::as_conversions, reason = "a discriminant is a small number")]
            pub const fn index(self) -> usize {
                self as usize
            }

            /// The English header, e.g. `due_date`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $en),+ }
            }

            /// The Japanese header, e.g. 支払期日.
            pub const fn japanese(self) -> &'static str {
                match self { $(Self::$name => $ja),+ }
            }
        }
    };
}

fields! {
    RequestKind "request_kind" "請求種別",
    RecordNumber "record_number" "記録番号",
    RecordDate "record_date" "記録請求日",
    RequesterUserNumber "requester_user_number" "請求者利用者番号",
    RequesterBankCode "requester_bank_code" "請求者銀行番号",
    RequesterBranchCode "requester_branch_code" "請求者支店番号",
    RequesterAccountType "requester_account_type" "請求者預金種目",
    RequesterAccountNumber "requester_account_number" "請求者口座番号",
    CounterpartyUserNumber "counterparty_user_number" "相手利用者番号",
    CounterpartyNameKana "counterparty_name_kana" "相手名カナ",
    CounterpartyBankCode "counterparty_bank_code" "相手銀行番号",
    CounterpartyBranchCode "counterparty_branch_code" "相手支店番号",
    CounterpartyAccountType "counterparty_account_type" "相手預金種目",
    CounterpartyAccountNumber "counterparty_account_number" "相手口座番号",
    Amount "amount" "債権金額",
    DueDate "due_date" "支払期日",
    RequesterRef "requester_ref" "請求者RefNo",
    AssignmentRestricted "assignment_restricted" "譲渡制限",
    Guarantee "guarantee" "保証",
    Comment "comment" "コメント",
}
