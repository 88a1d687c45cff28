//! `kessai profile`: profiles (変換表) made from a sample of another system's file, held against
//! what is needed of them, and tried out.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal as _, Read as _, Write};
use std::path::{Path, PathBuf};

use super::commands::Io;
use super::inspect::{self, Source, read_book};
use super::outcome::{Error, Outcome};
use crate::domain::profile::{Made, Profile};
use crate::domain::rules::{Need, need};
use crate::domain::{Field, RequestKind};
use crate::formats::densai::RequestLayout;
use crate::formats::{
    FileReport, Format, NoSink, Sample, fitting, guess, rows_by_profile, sheet_of, source_for,
    workbook,
};
use crate::workflow::{decoded, load_profile, show_mistakes, write_profile};

/// How much of a sample is read.
const SAMPLE_MAX: u64 = 100 << 20;

/// How many rows `try` shows.
const ROWS_SHOWN: usize = 5;

/// `kessai profile …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 見本のファイルから変換表を作る / makes a profile from a sample file
    New(New),
    /// 変換表の誤りを行とともにすべて示す / every mistake of a profile at once, with its line
    Check(Check),
    /// 変換表で読むとどんな請求になるかを示す / the requests a file becomes by a profile
    Try(Try),
}

/// Arguments of `profile new`.
#[derive(Debug, clap::Args)]
pub(super) struct New {
    /// 見本のファイル（CSV か xlsx） / the sample, CSV or xlsx
    sample: PathBuf,
    /// 変換表の名前（ファイル名になる） / the profile's name; that of the sample if not given
    #[arg(long)]
    name: Option<String>,
    /// 作る請求の種別（例: 11、譲渡） / the kind of request, where the file does not say
    #[arg(long, default_value = "11", value_parser = kind)]
    kind: RequestKind,
    /// 作業フォルダ（workflows/profiles/ に書く） / the root whose workflows/profiles it goes to
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

/// Arguments of `profile check`.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// 変換表のファイル / the profile
    file: PathBuf,
}

/// Arguments of `profile try`.
#[derive(Debug, clap::Args)]
pub(super) struct Try {
    /// 変換表のファイルか名前 / the profile: its file, or its name in workflows/profiles
    profile: PathBuf,
    #[command(flatten)]
    source: Source,
    /// 作業フォルダ（名前の変換表を探す） / the root a name is looked for in
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

/// Runs a command about profiles.
pub(super) fn run(command: &Command, io: &mut Io<'_>) -> Result<Outcome, Error> {
    match command {
        Command::New(args) => new(args, io),
        Command::Check(args) => check(args, io),
        Command::Try(args) => try_out(args, io),
    }
}

fn kind(text: &str) -> Result<RequestKind, String> {
    RequestKind::parse(text).ok_or_else(|| format!("no such kind; write {}", RequestKind::CODES))
}

/// The profile in a file, or of a name in the profiles of `root`; errs with its mistakes as they
/// are shown to people.
pub(super) fn own(path: &Path, root: &Path) -> Result<Profile, Error> {
    let path = &found(path, root)?;
    let (text, file) = (read(path)?, path.to_string_lossy());
    load_profile(&file, &stem(path), &text)
        .map_err(|found| Error::Usage(show_mistakes(&found, &|_| Some(text.clone()))))
}

/// The file a person means: what they wrote, or of a bare name the one in `workflows/profiles`.
fn found(path: &Path, root: &Path) -> Result<PathBuf, Error> {
    let is_bare = path.components().count() == 1 && path.extension().is_none();
    if !is_bare || path.exists() {
        return Ok(path.to_owned());
    }
    let place = profile_file(root, &path.to_string_lossy());
    if place.exists() {
        return Ok(place);
    }
    let (name, place) = (path.display(), place.display());
    Err(Error::Usage(format!(
        "変換表「{name}」がありません。名前を確かめるか、ファイルの場所を書いてください: {place} / \
         there is no profile of this name"
    )))
}

/// Where the profile of a name lies.
fn profile_file(root: &Path, name: &str) -> PathBuf {
    root.join(format!("workflows/profiles/{name}.yaml"))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(path: &Path) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map_err(|cause| Error::world("cannot read", path, cause))?;
    Ok(decoded(&bytes))
}

fn check(args: &Check, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let path = found(&args.file, Path::new("."))?;
    let (text, file) = (read(&path)?, path.to_string_lossy());
    match load_profile(&file, &stem(&path), &text) {
        Ok(profile) => {
            let (columns, headings) = (profile.columns.len(), profile.headings().len());
            writeln!(
                io.out,
                "{file}: 誤りはありません（相手の{headings}列から{columns}列を作ります）。"
            )?;
            Ok(Outcome::Well)
        }
        Err(found) => {
            io.out.write_all(show_mistakes(&found, &|_| Some(text.clone())).as_bytes())?;
            writeln!(io.out, "{} 件の誤りがあります。", found.len())?;
            Ok(Outcome::Findings)
        }
    }
}

/// The bytes of a file as CSV: of a workbook those of the sheet that holds its requests.
fn csv_of(path: &Path, profiles: &[Profile]) -> Result<Vec<u8>, Error> {
    let world = |cause| Error::world("cannot read", path, cause);
    let file = File::open(path).map_err(world)?;
    let mut bytes = Vec::new();
    if Format::of_name(&path.to_string_lossy()) != Format::Xlsx {
        file.take(SAMPLE_MAX).read_to_end(&mut bytes).map_err(world)?;
        return Ok(bytes);
    }
    let book = read_book(file).map_err(world)?.map_err(|flaw| {
        let told = workbook::finding(&flaw);
        Error::Usage(format!("{}\n{}", told.ja, told.en))
    })?;
    if let Some(sheet) = sheet_of(&book, profiles) {
        workbook::as_file(sheet).read_to_end(&mut bytes).map_err(world)?;
    }
    Ok(bytes)
}

/// Guesses, shows, asks where it can, and writes; what nobody chose says so in the file.
fn new(args: &New, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let bytes = csv_of(&args.sample, &[])?;
    let sample = Sample::read(&mut bytes.as_slice(), SAMPLE_MAX)
        .map_err(|cause| Error::world("cannot read", &args.sample, cause))?;
    if sample.headings.is_empty() {
        return Err(Error::Usage(
            "見出しの行がありません。列の名前と、見本の行を入れてください / \
             the sample has no header line"
                .to_owned(),
        ));
    }
    let name = args.name.clone().unwrap_or_else(|| stem(&args.sample));
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Error::Usage(format!(
            "「{name}」は変換表の名前に使えません。--name で文字・数字・-・_ の名前を書いてください / \
             give it a name of letters, digits, - and _ with --name"
        )));
    }
    let path = profile_file(&args.root, &name);
    let draft = path.with_extension("yaml.draft");
    for old in [&path, &draft] {
        keep(old)?;
    }
    let mut columns = guess(&sample);
    if let Some((_, Some(Made::Constant(kind)))) = columns.first_mut() {
        *kind = args.kind.code().to_string();
    }
    if io::stdin().is_terminal() {
        ask_all(&sample, &mut columns, args.kind, (&mut io::stdin().lock(), &mut *io.talk))?;
    }
    // What the kind does not need is left out where nothing was found for it.
    columns.retain(|(field, made)| made.is_some() || is_needed(args.kind, *field));
    show(&sample, &columns, io.out)?;
    let left = columns.iter().filter(|(_, made)| made.is_none()).count();
    // What is in the folder under its name is loaded with all rules: what is not finished is not.
    let path = if left > 0 { draft } else { path };
    write_new(&path, &write_profile(&name, &columns))?;
    let file = path.display();
    writeln!(io.out, "\n{file} を書きました。")?;
    if left > 0 {
        writeln!(
            io.out,
            "{left}列は決められませんでした。まだ下書きで、読み込まれません。ファイルの「要確認」を、\
             相手の列の見出しに直し、kessai profile check {file} で確かめてから、名前の .draft を\
             取って {name}.yaml にしてください。"
        )?;
        return Ok(Outcome::Findings);
    }
    writeln!(
        io.out,
        "kessai profile try で確かめ、経路のファイルに profiles: [{name}] と書くと使えます。"
    )?;
    Ok(Outcome::Well)
}

fn is_needed(kind: RequestKind, field: Field) -> bool {
    need(kind, field) == Need::Required
}

/// Asks for each column that the kind needs and that nothing, or more than one, was found for.
fn ask_all(
    sample: &Sample,
    columns: &mut [(Field, Option<Made>)],
    kind: RequestKind,
    (answers, talk): (&mut dyn BufRead, &mut dyn Write),
) -> Result<(), Error> {
    for (field, made) in columns.iter_mut() {
        if made.is_some() || !is_needed(kind, *field) {
            continue;
        }
        writeln!(talk, "「{}」({})はどの列ですか。", field.japanese(), field.name())?;
        if let several @ [_, _, ..] = fitting(*field, sample).as_slice() {
            writeln!(talk, "  {}のどれかです。", several.join("・"))?;
        }
        for (number, heading) in (1..).zip(&sample.headings) {
            let example = sample.values(number - 1).next().unwrap_or_default();
            writeln!(talk, "  {number} {heading}（例: {example}）")?;
        }
        write!(talk, "番号（わからなければ Enter）: ")?;
        talk.flush()?;
        let mut answer = String::new();
        answers.read_line(&mut answer)?;
        let number = answer.trim().parse::<usize>().ok();
        let column = number.and_then(|number| number.checked_sub(1));
        *made = column
            .filter(|column| *column < sample.headings.len())
            .map(|column| Made::From(source_for(*field, sample, column)));
    }
    Ok(())
}

/// The guess as a table: ours, theirs, and what a cell of theirs becomes.
fn show(
    sample: &Sample,
    columns: &[(Field, Option<Made>)],
    out: &mut dyn Write,
) -> Result<(), Error> {
    writeln!(out, "当方の列 ← 相手の列: 見本の値 → 読んだ値")?;
    for (field, made) in columns {
        write!(out, "  {} ← ", field.japanese())?;
        match made {
            None => match fitting(*field, sample).as_slice() {
                several @ [_, _, ..] => writeln!(out, "要確認（{}のどれか）", several.join("・"))?,
                _ => writeln!(out, "要確認")?,
            },
            Some(Made::ReceiptDay) => writeln!(out, "受付日（休業日なら翌営業日）")?,
            Some(Made::Constant(text)) if text.is_empty() => writeln!(out, "利用者台帳から補う")?,
            Some(Made::Constant(text)) => writeln!(out, "いつも {text}")?,
            Some(Made::From(source)) => {
                let column = sample.headings.iter().position(|one| *one == source.heading);
                let cell = column.and_then(|column| sample.values(column).next());
                let cell = cell.unwrap_or_default();
                writeln!(out, "「{}」: {cell} → {}", source.heading, source.value(cell))?;
            }
        }
    }
    Ok(())
}

/// Errs where a profile or a draft of the name is there: it may hold a person's choices.
fn keep(old: &Path) -> Result<(), Error> {
    if !old.exists() {
        return Ok(());
    }
    let file = old.display();
    Err(Error::Usage(format!(
        "{file} がもうあります。続きはそのファイルを直してください。作り直すなら、別の --name を付けるか、\
         そのファイルをよそへ移してください / it is there already; mend it, or give another --name"
    )))
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|cause| Error::world("cannot make", folder, cause))?;
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|cause| Error::world("cannot write", path, cause))
}

/// Shows what a profile makes of the first rows, and what the rules say of all.
fn try_out(args: &Try, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let profile = own(&args.profile, &args.root)?;
    let profiles = std::slice::from_ref(&profile);
    let (path, on) = args.source.place();
    let bytes = csv_of(path, profiles)?;
    let (mut rows, mut shown) = (0_usize, Vec::new());
    let known = rows_by_profile(&mut bytes.as_slice(), (&profile, on), |line, cells| {
        rows += 1;
        if shown.len() < ROWS_SHOWN {
            shown.push((line, cells));
        }
    });
    if !known.map_err(|cause| Error::world("cannot read", path, cause))? {
        let headings = profile.headings().join("、");
        writeln!(io.out, "見出しがこの変換表のものではありません。変換表の列: {headings}")?;
        return Ok(Outcome::Findings);
    }
    for (line, cells) in &shown {
        writeln!(io.out, "{line}行目")?;
        for (field, text) in Field::ALL.iter().zip(cells).filter(|(_, text)| !text.is_empty()) {
            let heading = profile.heading_of(*field);
            let from = heading.map_or_else(String::new, |heading| format!(" ←「{heading}」"));
            writeln!(io.out, "  {}: {text}{from}", field.japanese())?;
        }
    }
    if rows > shown.len() {
        writeln!(io.out, "ほか {} 行", rows - shown.len())?;
    }
    let folder = (("", ""), RequestLayout::shipped());
    let mut report = args.source.read_by(profiles, folder, &mut NoSink)?;
    leave_to_register(&mut report, &profile);
    inspect::tell_findings(&report, io.out)?;
    let clean = !report.findings.iter().any(|one| one.severity == crate::domain::Severity::Error);
    writeln!(io.out, "\n請求 {rows}件。請求者の空欄は、受付のときに利用者台帳から補います。")?;
    Ok(if clean { Outcome::Well } else { Outcome::Findings })
}

/// What the register of customers fills in is no mistake here, where there is none.
fn leave_to_register(report: &mut FileReport, profile: &Profile) {
    let blank = Made::Constant(String::new());
    let is_left = |field| profile.columns.get(&field) == Some(&blank);
    report.findings.retain(|finding| !finding.field.is_some_and(is_left));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_guessed_is_asked_for_by_number_and_may_stay_open() {
        let text = "A,B,C\nx,1234567,y\n";
        let sample = Sample::read(&mut text.as_bytes(), SAMPLE_MAX).unwrap();
        let mut columns = vec![
            (Field::CounterpartyAccountNumber, None),
            (Field::DueDate, None),
            (Field::Amount, None),
            (Field::Comment, None),
        ];
        let mut talk = Vec::new();
        let kind = RequestKind::AccrualDebtor;
        let mut answers = "2\n\n9\n".as_bytes();
        ask_all(&sample, &mut columns, kind, (&mut answers, &mut talk)).unwrap();
        let heading = columns[0].1.as_ref().and_then(Made::source).map(|one| &*one.heading);
        assert_eq!(heading, Some("B"));
        assert!(columns[1..].iter().all(|(_, made)| made.is_none()));
        let talk = String::from_utf8(talk).unwrap();
        assert_eq!(talk.matches("はどの列ですか").count(), 3, "a comment need not be: {talk}");
        assert!(talk.contains("  2 B（例: 1234567）"), "{talk}");
    }
}
