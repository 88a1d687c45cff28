//! Files as a spreadsheet really saves them: made by LibreOffice from cells that a person typed.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::asked_for;
use super::rig::KESSAI;

const HEADER: &str = "請求種別,記録番号,記録請求日,請求者利用者番号,請求者銀行番号,\
    請求者支店番号,請求者預金種目,請求者口座番号,相手利用者番号,相手名カナ,相手銀行番号,\
    相手支店番号,相手預金種目,相手口座番号,債権金額,支払期日,請求者RefNo,譲渡制限,保証,コメント\n";

/// The columns in which typed zeros go, of every row.
const ZEROS: [u64; 5] = [5, 6, 8, 11, 12];

/// One row as it is typed.
fn row(amount: &str, reference: &str, comment: &str) -> String {
    format!(
        "11,,2026-12-02,1AB2CD3EF,0001,001,2,0123456,2BC3DE4FG,ﾀｶｻｷｼﾖｳｼﾞ,0009,010,1,7654321,\
         \"{amount}\",2027-02-26,{reference},,,{comment}\n"
    )
}

/// A folder with what LibreOffice made.
struct Sheets(tempfile::TempDir);

impl Sheets {
    fn new(sheets: &[(&str, String)]) -> Self {
        let sheets_in = Self(tempfile::tempdir().unwrap());
        for (name, text) in sheets {
            std::fs::write(sheets_in.path().join(format!("{name}.csv")), text).unwrap();
        }
        sheets_in
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Converts files of one kind into files of another in a folder of their own.
    fn convert(&self, from: (&str, &str), to: (&str, &str), typed: Option<&str>) {
        let folder = self.path().join(from.0);
        let mut inputs: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == from.1))
            .collect();
        inputs.sort();
        let profile = format!("-env:UserInstallation=file://{}/profile", self.path().display());
        let mut command = Command::new("soffice");
        command.args([&profile, "--headless"]);
        if let Some(columns) = typed {
            command.arg(format!("--infilter=Text - txt - csv (StarCalc):44,34,76,1,{columns}"));
        }
        command.args(["--convert-to", to.1, "--outdir"]).arg(self.path().join(to.0)).args(inputs);
        let done = command.output().expect("soffice must be installed");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Typed into a sheet, kept as a workbook, and saved as CSV in both encodings.
    fn save(&self, typed: &str, workbook: &str) {
        self.convert((".", "csv"), ("book", workbook), Some(typed));
        for (folder, number) in [("cp932", 64), ("utf-8", 76)] {
            let filter = format!("csv:Text - txt - csv (StarCalc):44,34,{number},1");
            self.convert(("book", workbook), (folder, &filter), None);
        }
    }

    /// What `inspect` says to one of them.
    fn inspect(&self, encoding: &str, name: &str) -> Value {
        let said = self.inspect_file(&format!("{encoding}/{name}.csv"));
        assert_eq!(said["encoding"], encoding);
        said
    }

    /// What `inspect` says to a file.
    fn inspect_file(&self, file: &str) -> Value {
        let answer = Command::new(KESSAI)
            .arg("inspect")
            .arg(self.path().join(file))
            .args(["--channel", "customers", "--submitter", "1AB2CD3EF"])
            .args(["--on", "2026-12-01", "--json"])
            .output()
            .unwrap();
        serde_json::from_slice(&answer.stdout).unwrap()
    }
}

/// The findings as line, column, code and severity, in their order.
fn findings(said: &Value) -> Vec<(u64, u64, &str, &str)> {
    let findings = said["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let number = |key: &str| finding[key].as_u64().unwrap();
            let text = |key: &str| finding[key].as_str().unwrap();
            (number("line"), number("column"), text("code"), text("severity"))
        })
        .collect()
}

/// Lost zeros of one line, as warnings.
fn zeros_of(line: u64) -> Vec<(u64, u64, &'static str, &'static str)> {
    ZEROS.iter().map(|column| (line, *column, "D02", "warning")).collect()
}

#[test]
fn what_was_typed_as_text_comes_out_clean() {
    if !asked_for() {
        return;
    }
    let text = [HEADER, &row("10000", "INV-1", "髙﨑①号機"), &row("20000", "INV-2", "")].concat();
    let sheets = Sheets::new(&[("text", text)]);
    let columns: Vec<String> = (1..=20).map(|column| format!("{column}/2")).collect();
    sheets.save(&columns.join("/"), "ods");
    for encoding in ["cp932", "utf-8"] {
        let said = sheets.inspect(encoding, "text");
        assert_eq!(
            (&said["verdict"], &said["accepted"]),
            (&"accepted".into(), &2.into()),
            "{said}"
        );
        assert_eq!(findings(&said), [], "{encoding}");
    }
}

#[test]
fn what_a_spreadsheet_changes_is_mended_with_a_warning_or_named() {
    if !asked_for() {
        return;
    }
    let zeros = [HEADER, &row("10000", "INV-1", "髙﨑①号機"), &row("20000", "INV-2", "")].concat();
    let dressed = [
        "12月分お支払い,,,\n",
        HEADER,
        &row("¥10,000", "INV-1", ""),
        ",,,\n",
        &row("20,000円", "INV-2", ""),
        "合計,,,,,,,,,,,,,,30000,,,,,\n,,,\n",
    ]
    .concat();
    let wrong_total = dressed.replace("30000", "30001");
    let record_number = row("", "INV-1", "")
        .replacen("11,,", "20,12345678901234567890,", 1)
        .replace("2027-02-26", "");
    let exponents = [HEADER, &record_number, &row("10000", "INV-2", "")].concat();
    let sheets = Sheets::new(&[
        ("zeros", zeros),
        ("dressed", dressed),
        ("total", wrong_total),
        ("exponents", exponents),
    ]);
    sheets.save("1/1", "xlsx");
    for encoding in ["cp932", "utf-8"] {
        let said = sheets.inspect(encoding, "zeros");
        assert_eq!(
            (&said["verdict"], &said["accepted"]),
            (&"accepted".into(), &2.into()),
            "{said}"
        );
        assert_eq!(findings(&said), [zeros_of(2), zeros_of(3)].concat());

        let said = sheets.inspect(encoding, "dressed");
        assert_eq!(
            (&said["verdict"], &said["accepted"]),
            (&"accepted".into(), &2.into()),
            "{said}"
        );
        let expected = [
            vec![(1, 0, "E_SCHEMA", "info"), (4, 0, "E_ROW", "info")],
            vec![(3, 15, "D02", "warning")],
            zeros_of(3),
            vec![(5, 15, "D02", "warning")],
            zeros_of(5),
        ];
        assert_eq!(findings(&said), expected.concat());

        let said = sheets.inspect(encoding, "total");
        assert_eq!(said["verdict"], "rejected");
        let errors = findings(&said).into_iter().filter(|(.., severity)| *severity == "error");
        assert_eq!(errors.map(|(_, _, code, _)| code).collect::<Vec<_>>(), ["E_TOTAL"]);

        let said = sheets.inspect(encoding, "exponents");
        assert_eq!((&said["accepted"], &said["rejected"]), (&1.into(), &1.into()), "{said}");
        let all = said["findings"].as_array().unwrap();
        let lost = all.iter().find(|finding| finding["severity"] == "error").unwrap();
        assert_eq!((&lost["line"], &lost["field"]), (&2.into(), &"record_number".into()));
        let told = lost["ja"].as_str().unwrap();
        assert!(told.contains("Excel") && told.contains("文字列"), "{told}");
    }
}

#[test]
fn a_workbook_of_another_writer_is_read_like_its_csv() {
    if !asked_for() {
        return;
    }
    let text = [HEADER, &row("10000", "INV-1", "髙﨑①号機"), &row("20000", "INV-2", "")].concat();
    let dressed = [
        "12月分お支払い,,,\n",
        HEADER,
        &row("10000", "INV-1", ""),
        ",,,\n",
        &row("20000", "INV-2", ""),
        "合計,,,,,,,,,,,,,,30001,,,,,\n",
    ];
    let number = row("", "INV-1", "").replacen("11,,", "20,12345678901234567890,", 1);
    let number = [HEADER, &number.replace("2027-02-26", "")].concat();
    let formula = row("10000", "INV-1", "").replacen("\"10000\"", "=5000*2", 1);
    let error = row("10000", "INV-1", "").replacen("\"10000\"", "=1/0", 1);
    let formulas = [HEADER, &formula, &error].concat();
    let sheets = Sheets::new(&[
        ("zeros", text.clone()),
        ("dressed", dressed.concat()),
        ("number", number),
        ("formulas", formulas),
    ]);
    sheets.save("1/1", "xlsx");
    for name in ["zeros", "dressed", "number"] {
        let (book, csv) =
            (sheets.inspect_file(&format!("book/{name}.xlsx")), sheets.inspect("utf-8", name));
        assert_eq!((&book["format"], &book["encoding"]), (&"xlsx".into(), &"utf-8".into()));
        // An empty row is none to a workbook.
        let without = |said| {
            let found = findings(said).into_iter().map(|(line, column, code, severity)| {
                (line, column, code.to_owned(), severity.to_owned())
            });
            found.filter(|(_, _, code, _)| code != "E_ROW").collect::<Vec<_>>()
        };
        assert_eq!(without(&book), without(&csv), "{name}");
        assert!(!without(&book).is_empty(), "{name}");
        for key in ["records", "accepted", "rejected", "verdict"] {
            assert_eq!(book[key], csv[key], "{name} {key}");
        }
    }
    let said = sheets.inspect_file("book/formulas.xlsx");
    let told = said["findings"].as_array().unwrap().iter();
    let errors: Vec<_> = told.filter(|one| one["severity"] == "error").collect();
    let [error] = errors.as_slice() else { panic!("{said}") };
    assert_eq!((&error["value"], &error["line"]), (&"#DIV/0!".into(), &3.into()));
    assert!(error["ja"].as_str().unwrap().starts_with("セル O3: Excelのエラー値"), "{error}");
}
