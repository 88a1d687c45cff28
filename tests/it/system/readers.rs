//! Files read by ours and by readers of other people: both must see the same cells.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::asked_for;
use crate::formats::read;

const HEADER: &str = "請求種別,記録番号,記録請求日,請求者利用者番号,請求者銀行番号,請求者支店番号,\
    請求者預金種目,請求者口座番号,相手利用者番号,相手名カナ,相手銀行番号,相手支店番号,相手預金種目,\
    相手口座番号,債権金額,支払期日,請求者RefNo,譲渡制限,保証,コメント";
/// A row up to its reference.
const ROW: &str = "11,,2026-12-03,987654321,0001,001,2,0123456,123456789,,0009,010,1,7654321,\
    1000,2027-03-31,";

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}

/// A program's answer to what it is given.
fn answer(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let done = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    done.stdout
}

/// What Python's csv module reads in the last column of each file, by the file's name.
const CSV: &str = "
import csv, io, json, sys, pathlib
told = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    raw = path.read_bytes()
    name = 'utf-16' if path.name.startswith('utf16') else \
           'cp932' if path.name.startswith('cp932') else 'utf-8-sig'
    rows = csv.reader(io.StringIO(raw.decode(name), newline=''))
    told[path.name] = [row[-1] for row in rows if row][1:]
print(json.dumps(told))
";

#[test]
fn cells_are_cut_as_pythons_csv_reader_cuts_them() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut chance = Chance(20_261_201);
    let mut ours = BTreeMap::new();
    for number in 0..400 {
        let newline = *chance.one(&["\n", "\r\n", "\r"]);
        let mut text = HEADER.to_owned() + newline;
        for row in 0..=chance.below(12) {
            let length = chance.below(9);
            let parts = ["あ", "漢", "ｶ", "A", "7", ",", "\"", "'", ";", "・", "（"];
            let comment: String = (0..length).map(|_| *chance.one(&parts)).collect();
            let needs = comment.contains([',', '"']);
            let quoted = if needs || chance.below(2) == 0 {
                format!("\"{}\"", comment.replace('"', "\"\""))
            } else {
                comment
            };
            let reference =
                if chance.below(3) == 0 { format!("\"R-{row}\"") } else { format!("R-{row}") };
            text += &format!("{ROW}{reference},0,,{quoted}{newline}");
            if chance.below(9) == 0 {
                text += newline;
            }
        }
        if chance.below(4) == 0 {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        let (kind, bytes) = match chance.below(4) {
            0 => ("utf8", text.into_bytes()),
            1 => ("bom", format!("\u{feff}{text}").into_bytes()),
            2 => ("cp932", encoding_rs::SHIFT_JIS.encode(&text).0.into_owned()),
            _ => {
                let units = format!("\u{feff}{text}");
                ("utf16", units.encode_utf16().flat_map(u16::to_le_bytes).collect())
            }
        };
        let name = format!("{kind}_{number:03}.csv");
        fs::write(folder.path().join(&name), &bytes).unwrap();
        let (report, accepted) = read(&name, &bytes);
        assert_eq!(report.rejected, 0, "{name}: {:?}", report.findings);
        let comments = accepted.0.into_iter().map(|(.., request, _)| request.comment);
        ours.insert(name, comments.collect::<Vec<String>>());
    }
    let told = answer("python3", &["-c", CSV, folder.path().to_str().unwrap()], b"");
    let theirs: BTreeMap<String, Vec<String>> = serde_json::from_slice(&told).unwrap();
    assert_eq!(theirs.len(), ours.len());
    for (name, theirs) in theirs {
        assert_eq!(ours[&name], theirs, "{name}");
    }
}

#[test]
fn every_character_of_cp932_is_read_as_iconv_reads_it() {
    if !asked_for() {
        return;
    }
    let leads = (0x81..=0x9F_u8).chain(0xE0..=0xFC);
    let pairs: Vec<[u8; 2]> = leads
        .flat_map(|lead| (0x40..=0xFC_u8).map(move |trail| [lead, trail]))
        .filter(|[_, trail]| *trail != 0x7F)
        .collect();
    // One process a character: two at once, while the others wait for the disk.
    let chunks = pairs.chunks(pairs.len() / 4 + 1);
    let told: Vec<(u32, Vec<String>)> = std::thread::scope(|scope| {
        let running: Vec<_> = chunks.map(|chunk| scope.spawn(|| compared(chunk))).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let seen: u32 = told.iter().map(|(seen, _)| seen).sum();
    let differ: Vec<&str> =
        told.iter().flat_map(|(_, differ)| differ).map(String::as_str).collect();
    assert!(seen > 7_000, "{seen}");
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
}

/// How many pairs are a character to iconv, and those we read otherwise.
fn compared(pairs: &[[u8; 2]]) -> (u32, Vec<String>) {
    let (mut seen, mut differ) = (0, Vec::new());
    for pair in pairs {
        // Between letters, for blanks at the ends of a cell are nothing.
        let cell = [b"A", pair.as_slice(), b"B"].concat();
        let theirs = answer("iconv", &["-f", "CP932", "-t", "UTF-8"], &cell);
        let theirs = String::from_utf8(theirs).unwrap();
        let text = format!("{HEADER}\n{ROW}R,0,,");
        let mut bytes = encoding_rs::SHIFT_JIS.encode(&text).0.into_owned();
        bytes.extend(&cell);
        bytes.push(b'\n');
        let (report, accepted) = read("one.csv", &bytes);
        let ours = accepted.0.first().filter(|_| report.rejected == 0);
        let ours = ours.map(|(.., request, _)| request.comment.as_str());
        let is_own = theirs.chars().any(|c| ('\u{e000}'..='\u{f8ff}').contains(&c));
        let codes: Vec<&str> = report.findings.iter().map(|one| one.code.as_str()).collect();
        let same = if !theirs.ends_with('B') || is_own {
            // Nobody's character, or one somebody drew: told by name, and nothing taken in.
            ours.is_none() && codes.iter().any(|code| matches!(*code, "E_GAIJI" | "E_ENC"))
        } else {
            seen += 1;
            ours == Some(&*theirs)
        };
        if !same {
            differ.push(format!("{pair:02X?} {theirs} {ours:?} {codes:?}"));
        }
    }
    (seen, differ)
}
