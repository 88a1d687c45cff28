//! The cells of one row, read field by field; each reading reports what is wrong with it.

use std::borrow::Cow;

use super::excel::{self, Damage};
use super::{Need, Places, Row, RowAmount, kana, need, need_of_any_kind};
use crate::domain::findings::Findings;
use crate::domain::invisible::{name_of, visible};
use crate::domain::{
    Account, AccountNumber, AccountType, AssignmentRestriction, BankCode, BranchCode, Code, Date,
    Field, Guarantee, RecordNumber, RequestKind, Severity, ShapeError, UserNumber, Yen, mask,
};

/// Reads the cells of one row and reports on them.
#[derive(Debug)]
pub struct Cells<'r, 'f> {
    row: &'r Row<'r>,
    to: &'f mut Findings,
    /// The row's kind, once it is read.
    pub(super) kind: Option<RequestKind>,
    /// The accounts to choose from where the requester's is blank.
    pub(super) accounts: &'r [Account],
    has_errors: bool,
    missing: u32,
}

impl<'r, 'f> Cells<'r, 'f> {
    /// The cells of `row`, reporting to `to`.
    pub const fn new(row: &'r Row<'r>, to: &'f mut Findings) -> Self {
        Self { row, to, kind: None, accounts: &[], has_errors: false, missing: 0 }
    }

    /// Whether an error was reported.
    pub const fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// Columns that are needed and that the file does not have, as bits by [`Field::index`].
    pub const fn missing(&self) -> u32 {
        self.missing
    }

    /// The text of `field` without blanks around it.
    pub fn text(&self, field: Field) -> &'r str {
        let cell = self.row.cells.get(field.index()).copied().unwrap_or_default();
        let bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
        if bare(cell.as_bytes().first()) && bare(cell.as_bytes().last()) {
            cell
        } else {
            cell.trim()
        }
    }

    /// Reports on `field`; `words` (Japanese, English) are made only if there is room.
    // Few cells have one: what makes it stays out of the way of the others.
    #[cold]
    pub fn report(
        &mut self,
        field: Field,
        code: Code,
        severity: Severity,
        words: impl FnOnce() -> (String, String),
    ) {
        self.has_errors |= severity == Severity::Error;
        let (row, text) = (self.row, self.text(field));
        self.to
            .push(severity, || row.finding((code, severity), field, shown(field, text), words()));
    }

    /// 請求種別 (F10); what the other cells need goes by it.
    pub fn kind(&mut self) -> Option<RequestKind> {
        let text = self.filled(Field::RequestKind)?;
        let kind = RequestKind::parse(text).or_else(|| {
            let narrow = kana::normalise(text).0.to_ascii_lowercase();
            RequestKind::ALL.into_iter().find(|kind| {
                narrow == kind.code().to_string()
                    || narrow == kind.name()
                    || narrow == kana::normalise(kind.japanese()).0
            })
        });
        let in_records = matches!(self.row.places, Places::Bytes(_));
        let kind = kind.filter(|kind| !in_records || kind.is_in_bulk_files());
        if kind.is_none() {
            self.report(Field::RequestKind, Code::F10, Severity::Error, || {
                let codes = if in_records { RequestKind::BULK_CODES } else { RequestKind::CODES };
                (
                    format!("請求種別がわかりません。{codes} のどれかを書いてください。"),
                    format!("unknown request kind; write one of {}", codes.replace('、', ", ")),
                )
            });
        }
        self.kind = kind;
        kind
    }

    /// 債権金額 (D01, D02, D06, D18): for totals, and as an amount if it is one.
    pub fn amount(&mut self) -> (RowAmount, Option<Yen>) {
        let Some(text) = self.filled(Field::Amount) else {
            let read = self.row.flaw(Field::Amount).is_none();
            return (if read { RowAmount::Read(0) } else { RowAmount::Unreadable }, None);
        };
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let digits = if plain { Some(Cow::Borrowed(text)) } else { self.amount_as_written(text) };
        let Some(digits) = digits else {
            return (RowAmount::Unreadable, None);
        };
        let yen = digits.parse::<u64>().unwrap_or(u64::MAX);
        let amount = Yen::new(yen).ok();
        if amount.is_none() {
            self.error(
                Field::Amount,
                Code::D06,
                "債権金額は1円以上9,999,999,999円以下です。この範囲の金額を書いてください。",
                "an amount is 1 to 9,999,999,999 yen; write one in this range",
            );
        }
        (RowAmount::Read(yen), amount)
    }

    /// A date cell (D03).
    pub(super) fn date(&mut self, field: Field, text: &str) -> Option<Date> {
        if let Ok(date) = Date::parse(text) {
            return Some(date);
        }
        self.report(field, Code::D03, Severity::Error, || {
            if let Some(damage) = Damage::of(text) {
                return damage.words();
            }
            if excel::date_serial(text).is_some() {
                return (
                    "Excelの日付の通し番号になっています。セルの書式を「日付」(例: 2026/12/1)に\
                     してから保存し直してください。"
                        .to_owned(),
                    "this is an Excel date serial; format the cell as a date (2026/12/1) \
                     and save again"
                        .to_owned(),
                );
            }
            (
                "日付として読めません。2026-12-01、2026/12/1、20261201 のどれかの形で、\
                 実在する日を半角で書いてください。"
                    .to_owned(),
                "not a date; write a real day as 2026-12-01, 2026/12/1 or 20261201".to_owned(),
            )
        });
        None
    }

    /// 利用者番号 (D04).
    pub fn user_number(&mut self, field: Field) -> Option<UserNumber> {
        let text = self.filled(field)?;
        match UserNumber::parse(text) {
            Ok(number) => Some(number),
            Err(_) => self.bad_alphabet(field, Code::D04, text, 9),
        }
    }

    /// 記録番号 (D05).
    pub fn record_number(&mut self) -> Option<RecordNumber> {
        let field = Field::RecordNumber;
        let text = self.filled(field)?;
        let Ok(number) = RecordNumber::parse(text) else {
            return self.bad_alphabet(field, Code::D05, text, 20);
        };
        // Fifteen digits are all a spreadsheet keeps; a real number may end so too.
        if matches!(self.row.places, Places::Columns(_))
            && text.ends_with("00000")
            && text.bytes().all(|b| b.is_ascii_digit())
        {
            self.report(field, Code::D05, Severity::Warning, || {
                (
                    "末尾が00000です。Excelが16桁目から後を0に変えていないか、確かめてください。"
                        .to_owned(),
                    "it ends in 00000; check that Excel did not zero the digits after the 15th"
                        .to_owned(),
                )
            });
        }
        Some(number)
    }

    /// 銀行番号 (D02).
    pub fn bank_code(&mut self, field: Field) -> Option<BankCode> {
        self.digits(field, 4, BankCode::parse)
    }

    /// 支店番号 (D02).
    pub fn branch_code(&mut self, field: Field) -> Option<BranchCode> {
        self.digits(field, 3, BranchCode::parse)
    }

    /// 口座番号 (D02).
    pub fn account_number(&mut self, field: Field) -> Option<AccountNumber> {
        self.digits(field, 7, AccountNumber::parse)
    }

    /// 預金種目 (D18).
    pub fn account_type(&mut self, field: Field) -> Option<AccountType> {
        let text = self.filled(field)?;
        let found = match text {
            "1" | "１" | "普通" | "ordinary" => Some(AccountType::Ordinary),
            "2" | "２" | "当座" | "current" => Some(AccountType::Current),
            "9" | "９" | "その他" | "other" => Some(AccountType::Other),
            _ => None,
        };
        if found.is_none() {
            self.error(
                field,
                Code::D18,
                "預金種目がわかりません。1(普通)、2(当座)、9(その他)のどれかを書いてください。",
                "unknown account type; write 1 (ordinary), 2 (current) or 9 (other)",
            );
        }
        found
    }

    /// 相手名カナ in the network's characters (F07).
    pub fn kana_name(&mut self) -> Cow<'r, str> {
        const LENGTH_MAX: usize = 30;
        let field = Field::CounterpartyNameKana;
        let text = self.filled(field).unwrap_or_default();
        let (name, change) = kana::normalise(text);
        if change.width_or_case || change.spelling {
            let severity = if change.spelling { Severity::Warning } else { Severity::Info };
            self.report(field, Code::F07, severity, || {
                let (text, name) = (visible(text), visible(&name));
                (
                    format!("使える文字に直して読みました: 「{text}」→「{name}」。"),
                    format!("read with the characters allowed: {text} -> {name}"),
                )
            });
        }
        // A name that was left as it is has no other characters.
        if let Cow::Owned(name) = &name
            && let Some(wrong) = name.chars().find(|c| !kana::is_network_character(*c))
        {
            self.report(field, Code::F07, Severity::Error, || {
                let wrong = name_of(wrong);
                (
                    format!(
                        "「{wrong}」は使えません。半角カナ、英大文字、数字と \
                             -/｢｣:.¥,()+'? で書いてください。"
                    ),
                    format!(
                        "{wrong} is not allowed; use half-width kana, capital letters, \
                             digits and -/｢｣:.¥,()+'?"
                    ),
                )
            });
        }
        if name.len() > LENGTH_MAX && name.chars().count() > LENGTH_MAX {
            self.error(
                field,
                Code::F07,
                "相手名カナは半角30文字までです(濁点も1文字)。短くしてください。",
                "the name has at most 30 half-width characters, voicing marks included",
            );
        }
        name
    }

    /// 請求者RefNo (F07): `A-Z 0-9 ( ) . -` only. It identifies a request, so it is never altered.
    pub fn requester_ref(&mut self) -> &'r str {
        let text = self.filled(Field::RequesterRef).unwrap_or_default();
        let allowed = |b: u8| {
            b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'(' | b')' | b'.' | b'-')
        };
        if text.len() > 40 || !text.bytes().all(allowed) {
            self.error(
                Field::RequesterRef,
                Code::F07,
                "請求者RefNoは半角の英大文字、数字、( ) . - で40文字までです。",
                "the reference takes at most 40 of A-Z 0-9 ( ) . -",
            );
        }
        text
    }

    /// 譲渡制限 (D18).
    pub fn restriction(&mut self) -> Option<AssignmentRestriction> {
        let field = Field::AssignmentRestricted;
        match self.filled(field)? {
            "0" | "０" | "無" | "false" => Some(AssignmentRestriction::Free),
            "1" | "１" | "有" | "true" => Some(AssignmentRestriction::Restricted),
            _ => {
                self.error(
                    field,
                    Code::D18,
                    "譲渡制限は、空欄か0か無(制限なし)、1か有(制限あり)のどれかです。",
                    "write blank, 0 or 無 (free), or 1 or 有 (restricted)",
                );
                None
            }
        }
    }

    /// 保証 (D18).
    pub fn guarantee(&mut self) -> Option<Guarantee> {
        let field = Field::Guarantee;
        match self.filled(field)? {
            "0" | "０" | "有" | "true" => Some(Guarantee::With),
            "1" | "１" | "無" | "false" => Some(Guarantee::Without),
            _ => {
                self.error(
                    field,
                    Code::D18,
                    "保証は、空欄か0か有(保証あり)、1か無(保証なし)のどれかです。",
                    "write blank, 0 or 有 (with guarantee), or 1 or 無 (without)",
                );
                None
            }
        }
    }

    /// コメント (D18, E_FORMULA): at most 250 characters, kept as written whatever they begin with.
    pub fn comment(&mut self) -> &'r str {
        const LENGTH_MAX: usize = 250;
        let text = self.text(Field::Comment);
        if text.len() > LENGTH_MAX && text.chars().count() > LENGTH_MAX {
            self.error(
                Field::Comment,
                Code::D18,
                "コメントは250文字までです。短くしてください。",
                "a comment has at most 250 characters",
            );
        }
        if excel::is_error_value(text) {
            self.report(Field::Comment, Code::Formula, Severity::Error, || {
                Damage::ErrorValue.words()
            });
        }
        if text.starts_with('\'') && excel::would_run(text.trim_start_matches('\'')) {
            self.report(Field::Comment, Code::Formula, Severity::Warning, || {
                (
                    "コメントの先頭に「'」があります。書かれたとおりに読みました。表計算ソフトで文字に\
                     するための印でしたら、除いてお出しください。"
                        .to_owned(),
                    "the comment begins with an apostrophe; it is kept as written, leave it out \
                     if it only marks text for a spreadsheet"
                        .to_owned(),
                )
            });
        }
        if excel::would_run(text) {
            self.report(Field::Comment, Code::Formula, Severity::Warning, || {
                (
                    "コメントが、表計算ソフトで開くと計算式として動く文字で始まっています。\
                     書かれたとおりに読みました。式でなければ、先頭の記号を除いてお出しください。"
                        .to_owned(),
                    "the comment begins like a formula; it is kept as written, leave out the \
                     first sign if it is none"
                        .to_owned(),
                )
            });
        }
        text
    }

    /// The filled cell of `field`; a blank that the kind needs is D01, one it forbids D18.
    pub(super) fn filled(&mut self, field: Field) -> Option<&'r str> {
        if let Some(flaw) = self.row.flaw(field) {
            self.report(field, flaw.code(), Severity::Error, || flaw.words());
            return None;
        }
        let (text, kind) = (self.text(field), self.kind);
        // A row without a readable kind is asked only for what every kind needs.
        let need = kind.map_or_else(|| need_of_any_kind(field), |kind| need(kind, field));
        match (text.is_empty(), need) {
            (true, Need::Required) if !self.row.has(field) => {
                self.has_errors = true;
                self.missing |=
                    1_u32.checked_shl(u32::try_from(field.index()).unwrap_or(0)).unwrap_or(0);
                None
            }
            (true, Need::Required) => {
                let accounts = self.accounts;
                self.report(field, Code::D01, Severity::Error, || required(field, accounts));
                None
            }
            (false, Need::Forbidden) => {
                self.report(field, Code::D18, Severity::Error, || {
                    let name = kind.map_or("", RequestKind::japanese);
                    let (ja, en) = (field.japanese(), field.name());
                    (
                        format!("{name}では{ja}を使いません。空欄にしてください。"),
                        format!("{en} is not used by this request kind; leave it blank"),
                    )
                });
                None
            }
            (true, Need::Optional | Need::Forbidden) => None,
            (false, Need::Required | Need::Optional) => Some(text),
        }
    }

    fn error(&mut self, field: Field, code: Code, ja: &str, en: &str) {
        self.report(field, code, Severity::Error, || (ja.to_owned(), en.to_owned()));
    }

    /// Fixed-width digits: short ones are filled with zeros, with a warning.
    fn digits<T>(
        &mut self,
        field: Field,
        len: usize,
        parse: impl Fn(&str) -> Result<T, ShapeError>,
    ) -> Option<T> {
        let text = self.filled(field)?;
        if let Ok(value) = parse(text) {
            return Some(value);
        }
        let narrow = excel::half_width_digits(text).unwrap_or_else(|| text.to_owned());
        let repairable = narrow.len() <= len && narrow.bytes().all(|b| b.is_ascii_digit());
        let filled = format!("{narrow:0>len$}");
        let value = parse(&filled).ok().filter(|_| repairable);
        let severity = if value.is_some() { Severity::Warning } else { Severity::Error };
        self.report(field, Code::D02, severity, || {
            if severity == Severity::Warning {
                let (from, to) = (shown(field, text), shown(field, &filled));
                return (
                    format!("{len}桁になるよう直して読みました: {from} → {to}。\
                             Excelが先頭の0を落とすことがあります。列の書式を「文字列」にしてください。"),
                    format!("read as {len} digits: {from} -> {to}; Excel drops leading \
                             zeros, format the column as Text"),
                );
            }
            Damage::of(text).map_or_else(
                || (format!("半角数字{len}桁で書いてください。"), format!("write {len} digits")),
                Damage::words,
            )
        });
        value
    }

    /// An amount that is not bare digits: repaired only as far as its value is beyond doubt.
    fn amount_as_written(&mut self, text: &str) -> Option<Cow<'r, str>> {
        let digits = excel::plain_amount(text);
        let severity = if digits.is_some() { Severity::Warning } else { Severity::Error };
        let negative = text.starts_with(['-', '−', '－', '▲', '△']);
        let code = if negative { Code::D06 } else { Code::D02 };
        self.report(Field::Amount, code, severity, || match (&digits, Damage::of(text)) {
            (Some(digits), _) => (
                format!("円記号、コンマ、全角数字を除いて {digits} と読みました。数字だけで書いてください。"),
                format!("read as {digits} without currency sign, commas or wide digits; \
                         write digits only"),
            ),
            (None, Some(damage)) => damage.words(),
            (None, None) => (
                "金額として読めません。円単位の整数を半角数字だけで書いてください(例: 1234567)。"
                    .to_owned(),
                "not an amount; write whole yen in digits only, as in 1234567".to_owned(),
            ),
        });
        digits.map(Cow::Owned)
    }

    /// A user or record number that is none: says which character, or that digits are lost.
    fn bad_alphabet<T>(&mut self, field: Field, code: Code, text: &str, len: usize) -> Option<T> {
        self.report(field, code, Severity::Error, || {
            if let Some(damage) = Damage::of(text) {
                return damage.words();
            }
            let length = text.chars().count();
            let all_digits = text.bytes().all(|b| b.is_ascii_digit());
            if length < len && all_digits {
                return (
                    format!(
                        "{len}桁のところ{length}桁です。Excelが先頭の0を落としたおそれがあります。\
                             列の書式を「文字列」にして、元の番号を入れ直してください。"
                    ),
                    format!(
                        "{length} digits where {len} belong; Excel may have dropped leading \
                             zeros: format the column as Text and enter the number again"
                    ),
                );
            }
            let wrong = text.chars().find(|c| {
                !c.is_ascii_digit() && (!c.is_ascii_uppercase() || matches!(c, 'I' | 'O' | 'Z'))
            });
            let (ja, en) = wrong.map_or_else(
                || (format!("{length}文字あります。"), format!("{length} characters; ")),
                |c| {
                    let c = name_of(c);
                    (format!("「{c}」は使えません。"), format!("{c} is not allowed; "))
                },
            );
            (
                format!("{ja}半角の数字と英大文字(I、O、Zを除く)で{len}桁を書いてください。"),
                format!("{en}write {len} digits or capital letters without I, O and Z"),
            )
        });
        None
    }
}

/// What to write into a blank field; of the requester's accounts, which there are.
fn required(field: Field, accounts: &[Account]) -> (String, String) {
    let (ja, en) = (field.japanese(), field.name());
    if field != Field::RequesterAccountNumber || accounts.is_empty() {
        return (format!("{ja}は必須です。値を書いてください。"), format!("{en} is required"));
    }
    let known: Vec<String> = accounts.iter().map(Account::masked).collect();
    (
        format!("{ja}は必須です。ご契約の口座（{}）から選んで書いてください。", known.join("、")),
        format!("{en} is required; choose from the accounts {}", known.join(", ")),
    )
}

/// `text` as a finding may show it: account numbers masked, long text cut.
fn shown(field: Field, text: &str) -> String {
    const LENGTH_MAX: usize = 100;
    if matches!(field, Field::RequesterAccountNumber | Field::CounterpartyAccountNumber) {
        return mask(text.get(..64).unwrap_or(text));
    }
    let text = visible(text);
    if text.chars().count() <= LENGTH_MAX {
        return text;
    }
    let mut cut: String = text.chars().take(LENGTH_MAX).collect();
    cut.push('…');
    cut
}
