//! Guesses which column of another system's file is which of ours: by the words of its heading,
//! and by what its cells look like. A guess is for a person to look at, never taken on its own.

use std::io::{self, Read};

use super::csv::Rows;
use super::header::plain;
use super::text::Text;
use crate::domain::profile::{Form, Made, Source, date_as_written, half_width};
use crate::domain::rules::is_network_character;
use crate::domain::{Date, Field, RequestKind, UserNumber};

/// How many rows of a sample are looked at.
const ROWS_MAX: usize = 200;

/// A file of another system: its headings, and its first rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// The headings; blank where a column has none.
    pub headings: Vec<String>,
    /// The rows below, those without a cell left out.
    pub rows: Vec<Vec<String>>,
}

impl Sample {
    /// Reads a CSV file whose header is the first line of several filled cells.
    pub fn read(source: &mut dyn Read, file_len_max: u64) -> io::Result<Self> {
        let mut text = Text::new(source, file_len_max);
        text.begin()?;
        let mut rows = Rows::new(&mut text);
        let mut sample = Self::default();
        while sample.rows.len() < ROWS_MAX && rows.next() {
            let filled = rows.row.iter().filter(|cell| !cell.trim().is_empty()).count();
            if sample.headings.is_empty() && filled > 1 {
                sample.headings = rows.row.iter().map(|cell| cell.trim().to_owned()).collect();
            } else if !sample.headings.is_empty() && filled > 0 {
                sample.rows.push(rows.cells());
            }
        }
        text.take_io_error().map_or(Ok(sample), Err)
    }

    /// The filled cells of a column.
    pub fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        let cells = self.rows.iter().filter_map(move |row| row.get(column));
        cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }
}

/// Words of headings for each of our columns, the likeliest first. The requester's are looked for
/// behind a word for the own side alone.
const WORDS: [(Field, &[&str]); 13] = [
    (Field::RequestKind, &["請求種別"]),
    (Field::RecordNumber, &["記録番号", "でんさい番号"]),
    (Field::RecordDate, &["記録請求日", "記録日", "振出日", "発生日"]),
    (Field::CounterpartyUserNumber, &["利用者番号", "でんさい利用者"]),
    (Field::CounterpartyNameKana, &["名カナ", "カナ", "フリガナ", "口座名義"]),
    (Field::CounterpartyBankCode, &["銀行コード", "銀行番号", "金融機関コード", "銀行"]),
    (Field::CounterpartyBranchCode, &["支店コード", "支店番号", "店番", "店舗コード", "支店"]),
    (Field::CounterpartyAccountType, &["預金種目", "預金種別", "口座種別", "口座種類", "種目"]),
    (Field::CounterpartyAccountNumber, &["口座番号"]),
    (Field::Amount, &["債権金額", "支払金額", "支払額", "振込金額", "請求金額", "金額"]),
    (Field::DueDate, &["支払期日", "支払予定日", "支払日", "満期日", "決済日", "期日"]),
    (Field::RequesterRef, &["伝票番号", "請求書番号", "管理番号", "整理番号", "refno", "伝票no"]),
    (Field::Comment, &["コメント", "摘要", "備考", "メモ"]),
];

/// Words that say a column is of the own side.
const OWN: [&str; 9] =
    ["請求者", "自社", "当社", "支払元", "出金", "振込元", "依頼人", "委託者", "引落"];

/// The requester's columns, each with the counterparty's that is called the same.
const SIDES: [(Field, Field); 5] = [
    (Field::RequesterUserNumber, Field::CounterpartyUserNumber),
    (Field::RequesterBankCode, Field::CounterpartyBankCode),
    (Field::RequesterBranchCode, Field::CounterpartyBranchCode),
    (Field::RequesterAccountType, Field::CounterpartyAccountType),
    (Field::RequesterAccountNumber, Field::CounterpartyAccountNumber),
];

/// What is not chosen by a program where two columns could be it: how much goes where, and when.
const NEVER_CHOSEN: [Field; 4] = [
    Field::CounterpartyUserNumber,
    Field::CounterpartyAccountNumber,
    Field::Amount,
    Field::DueDate,
];

/// Where each of our columns may come from; none for one that nothing in the sample looks like, and
/// for an amount, a date of payment or a payee that [several columns](fitting) could be. What the
/// register of customers fills in, and the day of receipt, are guessed to do so.
pub fn guess(sample: &Sample) -> Vec<(Field, Option<Made>)> {
    let mut candidates: Vec<(u32, Field, usize)> = Vec::new();
    for (column, heading) in sample.headings.iter().enumerate() {
        for field in Field::ALL {
            if let Some(score) = likeness(*field, heading)
                && looks_like(*field, sample, column)
            {
                candidates.push((score, *field, column));
            }
        }
    }
    candidates.sort_by_key(|(score, field, column)| (u32::MAX - score, *column, *field));
    let mut taken: Vec<(Field, usize)> = Vec::new();
    for (_, field, column) in candidates {
        let shared = taken.iter().any(|(_, other)| *other == column)
            && !(is_bank_or_branch(field) && is_joined(sample, column));
        if !shared && !taken.iter().any(|(other, _)| *other == field) {
            taken.push((field, column));
        }
    }
    by_shape(Field::Amount, sample, &mut taken);
    by_shape(Field::DueDate, sample, &mut taken);
    let found = |field: &Field| taken.iter().find(|(one, _)| one == field).map(|(_, at)| *at);
    let made = |field: &Field| match found(field) {
        Some(_) if NEVER_CHOSEN.contains(field) && fitting(*field, sample).len() > 1 => None,
        Some(column) => Some(Made::From(source_for(*field, sample, column))),
        None => without_column(*field),
    };
    Field::ALL.iter().map(|field| (*field, made(field))).collect()
}

/// The headings of a sample that say they are a column of ours, with cells that could be: one that
/// has our own name is the only one.
pub fn fitting(field: Field, sample: &Sample) -> Vec<&str> {
    let all = sample.headings.iter().enumerate().filter_map(|(column, heading)| {
        let score = likeness(field, heading).filter(|score| *score > MISTYPED)?;
        looks_like(field, sample, column).then_some((score, heading.as_str()))
    });
    let all: Vec<_> = all.collect();
    let named = all.iter().find(|(score, _)| *score == OUR_NAME);
    named.map_or_else(|| all.iter().map(|(_, one)| *one).collect(), |(_, one)| vec![*one])
}

/// What a column is that no column of theirs gives.
fn without_column(field: Field) -> Option<Made> {
    match field {
        Field::RequestKind => Some(Made::Constant(RequestKind::AccrualDebtor.code().to_string())),
        Field::RecordDate => Some(Made::ReceiptDay),
        own if SIDES.iter().any(|(requester, _)| *requester == own) => {
            Some(Made::Constant(String::new()))
        }
        _ => None,
    }
}

/// How much a heading is like a column that it names as we do.
const OUR_NAME: u32 = 1_000;
/// The same of one that was typed otherwise; at most.
const MISTYPED: u32 = 200;

/// How much a heading is like a column of ours; none where it is not.
fn likeness(field: Field, heading: &str) -> Option<u32> {
    let heading = plain(heading);
    if heading.is_empty() {
        return None;
    }
    if heading == plain(field.japanese()) || heading == field.name() {
        return Some(OUR_NAME);
    }
    let is_own = OWN.iter().any(|word| heading.contains(word));
    let side = SIDES.iter().find(|(requester, _)| *requester == field);
    if is_own != side.is_some() && SIDES.iter().any(|(one, two)| field == *one || field == *two) {
        return None;
    }
    let named = side.map_or(field, |(_, counterparty)| *counterparty);
    let (_, words) = WORDS.iter().find(|(one, _)| *one == named)?;
    let scores = (0_u32..).zip(*words).filter_map(|(rank, word)| {
        let length = word.chars().count();
        let base = if heading == **word {
            Some(500)
        } else if heading.contains(word) {
            Some(400)
        } else {
            // A letter or two that somebody typed otherwise.
            let off = strsim::damerau_levenshtein(&heading, word);
            (off * 3 <= length).then_some(MISTYPED)
        };
        Some(base? - rank)
    });
    scores.max()
}

/// Whether most cells of a column could be those of a field; one without cells could be any. A few
/// that could not are what a person is to see when it is tried out.
fn looks_like(field: Field, sample: &Sample, column: usize) -> bool {
    let (mut all, mut like) = (0_usize, 0_usize);
    for cell in sample.values(column) {
        all += 1;
        like += usize::from(fits(field, cell));
    }
    all == 0 || like * 2 >= all
}

/// Whether a cell could be one of a field.
fn fits(field: Field, cell: &str) -> bool {
    let digits = |text: &str, most: usize| {
        let text = half_width(text);
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    match field {
        Field::RequestKind => RequestKind::parse(cell).is_some(),
        Field::RequesterUserNumber | Field::CounterpartyUserNumber => {
            UserNumber::parse(cell).is_ok() || digits(cell, 9)
        }
        Field::RequesterBankCode | Field::CounterpartyBankCode => {
            digits(cell, 4) || joined(cell).is_some()
        }
        Field::RequesterBranchCode | Field::CounterpartyBranchCode => {
            digits(cell, 3) || joined(cell).is_some()
        }
        Field::RequesterAccountType | Field::CounterpartyAccountType => {
            digits(cell, 1) || account_type(cell).is_some()
        }
        Field::RequesterAccountNumber | Field::CounterpartyAccountNumber => digits(cell, 7),
        Field::Amount => is_amount(cell),
        Field::RecordDate | Field::DueDate => date_as_written(cell).is_some(),
        Field::CounterpartyNameKana => {
            let (name, _) = crate::domain::rules::normalise(cell);
            name.chars().all(is_network_character)
        }
        Field::RecordNumber => half_width(cell).len() == 20,
        Field::RequesterRef => half_width(cell).is_ascii(),
        Field::AssignmentRestricted | Field::Guarantee => cell.chars().count() <= 2,
        Field::Comment => true,
    }
}

fn is_amount(cell: &str) -> bool {
    let read = Source { form: Form::Amount, ..Source::default() }.value(cell);
    !read.is_empty() && read.bytes().all(|byte| byte.is_ascii_digit())
}

/// Takes the one column that is left whose cells can be nothing else, whatever its heading says.
fn by_shape(field: Field, sample: &Sample, taken: &mut Vec<(Field, usize)>) {
    if taken.iter().any(|(one, _)| *one == field) {
        return;
    }
    let is_sure = |cell: &str| match field {
        Field::Amount => cell.contains(['¥', '￥', '円', ',']),
        _ => true,
    };
    let mut left = (0..sample.headings.len()).filter(|column| {
        !taken.iter().any(|(_, other)| other == column)
            && sample.values(*column).next().is_some()
            && sample.values(*column).any(is_sure)
            && sample.values(*column).all(|cell| fits(field, cell))
    });
    if let (Some(column), None) = (left.next(), left.next()) {
        taken.push((field, column));
    }
}

/// How the cells of a column are to be read for a field.
pub fn source_for(field: Field, sample: &Sample, column: usize) -> Source {
    let heading = sample.headings.get(column).map_or("", String::as_str);
    let mut source = Source::plain(heading);
    let full = match field {
        Field::RequesterUserNumber | Field::CounterpartyUserNumber => 9,
        Field::RequesterBankCode | Field::CounterpartyBankCode => 4,
        Field::RequesterBranchCode | Field::CounterpartyBranchCode => 3,
        Field::RequesterAccountNumber | Field::CounterpartyAccountNumber => 7,
        _ => 0,
    };
    if full > 0 {
        source.digits = Some(full);
    }
    if is_bank_or_branch(field)
        && let Some((mark, _)) = sample.values(column).find_map(joined)
    {
        let branch = matches!(field, Field::RequesterBranchCode | Field::CounterpartyBranchCode);
        source.part = Some((mark.to_string(), if branch { 2 } else { 1 }));
    }
    match field {
        Field::Amount => source.form = Form::Amount,
        Field::RecordDate | Field::DueDate => {
            let plain = |cell| Date::parse(cell).is_ok() || date_as_written(cell).is_none();
            let plain = sample.values(column).all(plain);
            source.form = if plain { Form::Text } else { Form::Date };
        }
        Field::RequesterAccountType | Field::CounterpartyAccountType => {
            for cell in sample.values(column) {
                let ours = account_type(cell).filter(|ours| *ours != cell);
                let known = source.words.iter().any(|(theirs, _)| theirs == cell);
                if let Some(ours) = ours.filter(|_| !known) {
                    source.words.push((cell.to_owned(), ours.to_owned()));
                }
            }
        }
        _ => {}
    }
    source
}

const fn is_bank_or_branch(field: Field) -> bool {
    matches!(
        field,
        Field::RequesterBankCode
            | Field::RequesterBranchCode
            | Field::CounterpartyBankCode
            | Field::CounterpartyBranchCode
    )
}

/// Whether a column holds bank and branch together.
fn is_joined(sample: &Sample, column: usize) -> bool {
    sample.values(column).next().is_some()
        && sample.values(column).all(|cell| joined(cell).is_some())
}

/// The mark between bank and branch, and both, of a cell like `0001-001`.
fn joined(cell: &str) -> Option<(char, (&str, &str))> {
    ['-', '/', ' ', '－'].into_iter().find_map(|mark| {
        let (bank, branch) = cell.split_once(mark)?;
        let digits = |text: &str, most: usize| {
            let text = half_width(text.trim());
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        (digits(bank, 4) && digits(branch, 3)).then_some((mark, (bank, branch)))
    })
}

/// What a word for a kind of account means.
fn account_type(cell: &str) -> Option<&'static str> {
    let kinds = [("普", "普通"), ("当", "当座"), ("その他", "その他")];
    kinds.iter().find(|(begin, _)| cell.starts_with(begin)).map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(text: &str) -> Vec<(Field, Option<Made>)> {
        guess(&Sample::read(&mut text.as_bytes(), 1 << 20).unwrap())
    }

    fn of(guesses: &[(Field, Option<Made>)], field: Field) -> Option<&Source> {
        guesses.iter().find(|(one, _)| *one == field)?.1.as_ref()?.source()
    }

    const PAYABLES: &str = "支払予定表\n\
        伝票No.,仕入先,支払先利用者番号,支払先カナ,銀行支店,預金種目,口座番号,支払金額,支払予定日,備考\n\
        A-1,山田商店,123456789,ﾔﾏﾀﾞ,9-10,普通預金,7654321,\"¥1,234\",R9.3.31,\n\
        A-2,高崎,987654321,ﾀｶｻｷ,0001-001,当座,123456,\"2,000\",R9.3.31,至急\n";

    #[test]
    fn columns_are_found_by_their_headings_and_read_by_their_cells() {
        let guesses = guessed(PAYABLES);
        let heading = |field| of(&guesses, field).map_or("", |source| source.heading.as_str());
        assert_eq!(heading(Field::RequesterRef), "伝票No.");
        assert_eq!(heading(Field::CounterpartyUserNumber), "支払先利用者番号");
        assert_eq!(heading(Field::CounterpartyNameKana), "支払先カナ");
        assert_eq!(heading(Field::Comment), "備考");
        let bank = of(&guesses, Field::CounterpartyBankCode).unwrap();
        assert_eq!((&*bank.heading, bank.value("9-10")), ("銀行支店", "0009".to_owned()));
        let branch = of(&guesses, Field::CounterpartyBranchCode).unwrap();
        assert_eq!((&*branch.heading, branch.value("9-10")), ("銀行支店", "010".to_owned()));
        let kind = of(&guesses, Field::CounterpartyAccountType).unwrap();
        assert_eq!([kind.value("普通預金"), kind.value("当座")], ["普通", "当座"]);
        let (amount, due) = (of(&guesses, Field::Amount), of(&guesses, Field::DueDate));
        assert_eq!(amount.unwrap().value("¥1,234"), "1234");
        assert_eq!(due.unwrap().value("R9.3.31"), "2027-03-31");
        let made = |field| &guesses.iter().find(|(one, _)| *one == field).unwrap().1;
        assert_eq!(*made(Field::RecordDate), Some(Made::ReceiptDay));
        assert_eq!(*made(Field::RequesterAccountNumber), Some(Made::Constant(String::new())));
        assert_eq!(*made(Field::RecordNumber), None, "nothing looks like it");
    }

    #[test]
    fn a_few_odd_cells_do_not_hide_what_a_heading_says() {
        let guesses = guessed("支払金額,支払予定日\n1000,R9.3.31\n未定,2027/3/31\n20,来月末\n");
        assert_eq!(of(&guesses, Field::Amount).unwrap().heading, "支払金額");
        let due = of(&guesses, Field::DueDate).unwrap();
        assert_eq!([due.value("R9.3.31"), due.value("来月末")], ["2027-03-31", "来月末"]);
    }

    #[test]
    fn what_a_heading_says_and_its_cells_deny_is_not_guessed() {
        let guesses = guessed("支払金額,口座番号\n未定,みずほ\n");
        assert!(of(&guesses, Field::Amount).is_none());
        assert!(of(&guesses, Field::CounterpartyAccountNumber).is_none());
    }

    #[test]
    fn a_heading_that_says_nothing_is_guessed_by_cells_that_can_be_nothing_else() {
        let guesses = guessed("甲,B,C\nx,\"¥1,000\",2027/3/31\ny,\"¥20\",2027/4/30\n");
        assert_eq!(of(&guesses, Field::Amount).unwrap().heading, "B");
        assert_eq!(of(&guesses, Field::DueDate).unwrap().heading, "C");
        let two = guessed("A,B,C\nx,2027/2/28,2027/3/31\n");
        assert!(of(&two, Field::DueDate).is_none(), "either may be it");
    }

    #[test]
    fn what_two_columns_could_be_is_not_chosen_where_money_goes_by_it() {
        let text = "請求金額,支払金額,備考,摘要\n1000,900,a,b\n";
        let sample = Sample::read(&mut text.as_bytes(), 1 << 20).unwrap();
        assert_eq!(fitting(Field::Amount, &sample), ["請求金額", "支払金額"]);
        let guesses = guess(&sample);
        assert!(of(&guesses, Field::Amount).is_none());
        assert!(of(&guesses, Field::Comment).is_some(), "a remark may be either");
        let named = guessed("請求金額,債権金額\n1000,900\n");
        assert_eq!(of(&named, Field::Amount).unwrap().heading, "債権金額", "our own name");
        let words = guessed("支払金額,支払金額備考\n1000,分割\n");
        assert_eq!(
            of(&words, Field::Amount).unwrap().heading,
            "支払金額",
            "the other is no number"
        );
    }

    #[test]
    fn the_own_side_is_told_from_the_other() {
        let guesses = guessed("自社口座番号,支払先口座番号\n0123456,7654321\n");
        let heading = |field| of(&guesses, field).map_or("", |source| source.heading.as_str());
        assert_eq!(heading(Field::RequesterAccountNumber), "自社口座番号");
        assert_eq!(heading(Field::CounterpartyAccountNumber), "支払先口座番号");
    }
}
