//! People over time in a real root: a directory as Excel saves it, absences, mails, forecasts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

struct Root {
    folder: tempfile::TempDir,
}

impl Root {
    /// A sample root in the test environment on 1 December 2026, with a file that waits.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Self { folder };
        let path = root.path();
        let init = program(&["init", path.to_str().unwrap(), "--sample"]);
        assert_eq!(init.0, Some(0), "{}", init.1);
        crate::tables::to_test(&path);
        root
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn kessai(&self, args: &[&str]) -> (Option<i32>, String) {
        let root = self.path();
        let mut all = args.to_vec();
        all.extend(["--root", root.to_str().unwrap()]);
        program(&all)
    }

    fn json(&self, args: &[&str]) -> Value {
        let mut all = args.to_vec();
        all.push("--json");
        let (_, out) = self.kessai(&all);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?} {error}: {out}"))
    }

    /// Two lines with the passwords of a person of the sample.
    fn passwords(&self, user: &str) -> String {
        let list = fs::read_to_string(self.path().join("SAMPLE-USERS.txt")).unwrap();
        let line = list.lines().find(|line| line.starts_with(user)).unwrap();
        let columns: Vec<&str> = line.split('\t').collect();
        let file = self.path().join(format!("{user}.txt"));
        fs::write(&file, format!("{}\n{}\n", columns[1], columns[2])).unwrap();
        file.to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path: &Path = &self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn program(args: &[&str]) -> (Option<i32>, String) {
    let answer = Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap();
    let told = [answer.stdout, answer.stderr].concat();
    (answer.status.code(), String::from_utf8(told).unwrap())
}

const PEOPLE: &str = "ユーザーID,氏名,メールアドレス,所属,権限,開始日,終了日\r\n\
    sato0001,佐藤 花子,sato0001@example.jp,branch:001,checker,,2026/12/31\r\n\
    sato0001,佐藤 花子,sato0001@example.jp,branch:002,checker,2027/1/1,\r\n";
const BRANCHES: &str = "店番,店名,電話番号,開始日,終了日,統合先\r\n\
    1,本店営業部,03-0000-0001,,,\r\n\
    2,駅前支店,03-0000-0002,,,\r\n";

#[test]
fn a_directory_is_read_as_a_spreadsheet_saves_it_and_mistakes_are_shown_in_place() {
    let root = Root::new();
    let cp932 = |text: &str| encoding_rs::SHIFT_JIS.encode(text).0.into_owned();
    root.write("workflows/directory/people.csv", &cp932(PEOPLE));
    root.write("workflows/directory/branches.csv", &cp932(BRANCHES));
    let (code, out) = root.kessai(&["check"]);
    assert_eq!(code, Some(0), "{out}");
    let wrong = PEOPLE.replace("branch:002", "branch:003").replace("2026/12/31", "2027/12/31");
    root.write("workflows/directory/people.csv", &cp932(&wrong));
    let (code, out) = root.kessai(&["check"]);
    assert_eq!(code, Some(1), "{out}");
    for part in ["people.csv:3", "重なっています", "店番 003 は branches.csv にありません"]
    {
        assert!(out.contains(part), "{part} is missing in {out}");
    }
}

#[test]
fn an_absence_outlives_the_program_and_the_forecast_knows_it() {
    let root = Root::new();
    let file = root.path().join("inbox/customers/1AB2CD3EF/clean.csv");
    fs::write(file, include_bytes!("../../src/app/samples/clean.csv")).unwrap();
    assert_eq!(root.kessai(&["run", "--drain"]).0, Some(0));
    let case = root.json(&["list"])[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(root.kessai(&["forecast"]).0, Some(0));

    let manager = root.passwords("mori0001");
    let set = |until: &str, password: &str| {
        let days = ["--from", "2026-12-01", "--until", until];
        let who = ["absence", "set", "--user", "mori0001", "--password-file", password];
        root.kessai(&[&who[..], &days[..]].concat())
    };
    let other = root.passwords("sato0001");
    assert_eq!(set("2026-12-31", &other).0, Some(1), "with somebody else's passwords");
    let (code, out) = set("2026-12-31", &manager);
    assert_eq!(code, Some(0), "{out}");
    assert_eq!(root.json(&["absence", "list"])[0]["until"], "2026-12-31");
    let (code, out) = root.kessai(&["forecast"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("本店営業部で決裁者がいません"), "{out}");
    assert!(out.contains(&case), "{out}");

    // A plan that sends a checker to decide is seen to help before it is in force.
    let plan = "user,name,email,organisation,roles,from,until\n\
        tanaka01,田中 次郎,tanaka01@example.jp,branch:001,manager,,\n";
    root.write("plan.csv", plan.as_bytes());
    let plan = root.path().join("plan.csv");
    let (code, out) = root.kessai(&["forecast", "--directory", plan.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{out}");

    let end = ["absence", "end", "--user", "mori0001", "--password-file", &manager];
    assert_eq!(root.kessai(&end).0, Some(0));
    assert_eq!(root.kessai(&["forecast"]).0, Some(0));
    let (_, rebuilt) = root.kessai(&["rebuild"]);
    assert!(rebuilt.contains("同じ状態です"), "{rebuilt}");
}

#[test]
fn how_mails_come_is_chosen_and_requests_cannot_be_switched_off() {
    let root = Root::new();
    let mail = |args: &[&str]| root.kessai(&[&["mail", "sato0001"][..], args].concat());
    assert_eq!(mail(&[]).1, "sato0001 at_once request,reminder,consult\n");
    let chosen = mail(&["--when", "both", "--kinds", "request,consult"]);
    assert_eq!(chosen.1, "sato0001 both request,consult\n");
    assert_eq!(mail(&["--when", "noon"]).1, "sato0001 noon request,consult\n");
    let (code, out) = mail(&["--kinds", "reminder"]);
    assert_eq!(code, Some(3), "{out}");
    assert!(out.contains("外せません"), "{out}");
}

#[test]
fn a_decision_in_place_is_listed_until_it_is_reviewed() {
    let root = Root::new();
    let flow = root.path().join("workflows/accrual.yaml");
    let rule = "    substitute: {allow: [checker], max: 100_000_000, post_review: manager}\n";
    let text = fs::read_to_string(&flow).unwrap();
    let text = text.replacen("    overdue: hold ", &format!("{rule}    overdue: hold "), 1);
    fs::write(&flow, text).unwrap();
    let file = root.path().join("inbox/customers/1AB2CD3EF/clean.csv");
    fs::write(file, include_bytes!("../../src/app/samples/clean.csv")).unwrap();
    assert_eq!(root.kessai(&["run", "--drain"]).0, Some(0));
    let case = root.json(&["list"])[0]["case"].as_str().unwrap().to_owned();
    let act = |verb: &str, user: &str, more: &[&str]| {
        let password = root.passwords(user);
        let who = [verb, &case, "--user", user, "--password-file", &password];
        root.kessai(&[&who[..], more].concat())
    };
    for user in ["yamada01", "sato0001"] {
        assert_eq!(act("approve", user, &[]).0, Some(0));
    }
    assert_eq!(act("approve", "tanaka01", &[]).0, Some(1), "the manager is there");
    let manager = root.passwords("mori0001");
    let days = ["--from", "2026-12-01", "--until", "2026-12-02"];
    let who = ["absence", "set", "--user", "mori0001", "--password-file", &manager];
    assert_eq!(root.kessai(&[&who[..], &days[..]].concat()).0, Some(0));
    assert_eq!(act("return", "tanaka01", &["--reason-code", "99"]).0, Some(1));
    let (code, out) = act("approve", "tanaka01", &[]);
    assert_eq!(code, Some(0), "{out}");

    let open = root.json(&["list", "--reviews"]);
    assert_eq!((&open[0]["seat"], &open[0]["by"]), (&"決裁".into(), &"tanaka01".into()));
    assert!(root.kessai(&["show", &case]).1.contains("田中 次郎（代決） 承認"));
    assert_eq!(act("review", "mori0001", &[]).0, Some(1), "a review says something");
    let (code, out) = act("review", "mori0001", &["--reason", "確認しました"]);
    assert_eq!(code, Some(0), "{out}");
    assert_eq!(root.json(&["list", "--reviews"]), serde_json::json!([]));
    assert_eq!(root.json(&["show", &case])["status"], "waiting");
}

/// The register as it is exported.
const CUSTOMERS: &str = "利用者番号,区分,名称,名称カナ,住所,電話番号,取扱店,契約,申込日,解約日,\
    メールアドレス,銀行番号,支店番号,預金種目,口座番号,手数料引落,許可する相手\r\n\
    1AB2CD3EF,法人,見本製作所,ﾐﾎﾝ,米沢市,0238-00-0000,001,でんさいライト,2026-04-01,,\
    a@example.jp,0001,001,当座,0123456,○,\r\n";

#[test]
fn the_register_of_customers_is_shown_and_asked_at_intake() {
    let root = Root::new();
    root.write("list.csv", CUSTOMERS.as_bytes());
    let list = root.path().join("list.csv");
    let import = ["customer", "import", list.to_str().unwrap(), "--desk", "001"];
    assert_eq!(root.kessai(&import).0, Some(0));
    root.kessai(&["run", "--drain"]);
    assert_eq!(root.json(&["customer", "list"]), serde_json::json!([]), "nobody approved it");
    let all = root.json(&["list"]);
    let case = all[0]["case"].as_str().unwrap();
    for user in ["sato0001", "mori0001"] {
        let password = root.passwords(user);
        let vote = ["approve", case, "--user", user, "--password-file", &password];
        let (code, out) = root.kessai(&vote);
        assert_eq!(code, Some(0), "{out}");
    }
    root.kessai(&["run", "--drain"]);
    let exported = root.kessai(&["customer", "export"]).1;
    assert_eq!(exported.strip_prefix('\u{feff}'), Some(CUSTOMERS), "as it was loaded");
    let all = root.json(&["customer", "list"]);
    assert_eq!((all.as_array().unwrap().len(), &all[0]["kana"]), (1, &"ﾐﾎﾝ".into()));
    let one = root.json(&["customer", "show", "1AB2CD3EF"]);
    assert_eq!(one["accounts"], serde_json::json!(["0001-001-2-0123456"]));
    assert_eq!((&one["contract"], &one["owes"]["count"]), (&"でんさいライト".into(), &0.into()));
    // The sample's file holds an accrual above the limit of a light contract.
    let sample = include_bytes!("../../src/app/samples/clean.csv");
    root.write("inbox/customers/1AB2CD3EF/請求.csv", sample);
    root.kessai(&["run", "--drain"]);
    let refused = root.path().join("outbox/customers/1AB2CD3EF");
    let result = fs::read_dir(refused).unwrap().map(|file| file.unwrap().path());
    let result = result.filter(|path| path.to_string_lossy().contains("請求_result.csv")).last();
    let told = fs::read(result.unwrap()).unwrap();
    assert!(encoding_rs::SHIFT_JIS.decode(&told).0.contains("D31"), "3,240,000 yen");
    let (code, text) = root.kessai(&["customer", "show", "9XY8WV7UT"]);
    assert_eq!(code, Some(1), "{text}");
    let (code, text) = root.kessai(&["customer", "show", "1AB2CD3EF"]);
    assert!(code == Some(0) && text.contains("手数料口座: 0001-001-2-0123456"), "{text}");
    assert!(text.contains(&format!("台帳の読込 {case}（佐藤 花子、森 恵子）")), "{text}");
    let blank = program(&["customer", "application", "1AB2CD3EF"]);
    assert!(blank.1.contains("\r\n変更,1AB2CD3EF,,"), "{}", blank.1);
}
