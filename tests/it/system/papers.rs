//! The demo's papers and mails, and the samples, read by other people's programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::asked_for;
use super::rig::KESSAI;

/// Runs a program that must be installed and must be content.
fn run(program: &str, args: &[&str], file: &Path) -> String {
    let done = Command::new(program).args(args).arg(file).output();
    let done = done.unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{program} {}: {told}{text}", file.display());
    text
}

/// The demo's root, and the files of its outbox that end so.
pub(super) fn demo() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let done = Command::new(KESSAI).args(["demo", "--root"]).arg(&root).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (folder, root)
}

pub(super) fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text of a paper without its layout's spaces.
fn text_of(pdf: &Path) -> String {
    let done = Command::new("pdftotext").arg("-layout").arg(pdf).arg("-").output();
    let done = done.expect("pdftotext must be installed");
    assert!(done.status.success());
    String::from_utf8(done.stdout).unwrap()
}

/// How many of a picture's bytes are dark, of how many.
fn darkness(pgm: &[u8]) -> (usize, usize) {
    assert!(pgm.starts_with(b"P5"), "a grey picture");
    let pixels = pgm.splitn(4, |byte| *byte == b'\n').last().unwrap();
    (pixels.iter().filter(|grey| **grey < 128).count(), pixels.len())
}

#[test]
fn the_demos_papers_are_sound_and_say_what_they_should() {
    if !asked_for() {
        return;
    }
    let (folder, root) = demo();
    let papers = files_below(&root.join("outbox"), ".pdf");
    assert_eq!(papers.len(), 31, "{papers:?}");
    let list = papers.iter().find(|paper| paper.to_string_lossy().contains("waiting_list"));
    let list = text_of(list.expect("a list of what waits"));
    for shown in ["承認待ち一覧", "20261201-000002-2.1", "照査", "電話番号", "800,000"]
    {
        assert!(list.contains(shown), "{shown} is missing in:\n{list}");
    }
    let about_cases = |paper: &&std::path::PathBuf| {
        let name = paper.to_string_lossy();
        let others = ["waiting_list", "daily_report", "welcome", "comparison", "fees_", "form"];
        !others.iter().any(|other| name.contains(other))
    };
    for paper in &papers {
        assert!(run("qpdf", &["--check"], paper).contains("No syntax or stream encoding errors"));
    }
    let papers: Vec<_> = papers.iter().filter(about_cases).cloned().collect();
    for paper in &papers {
        let info = run("pdfinfo", &[], paper);
        assert!(info.contains("PDF version:     1.7"), "{info}");
        let title = info.lines().find(|line| line.starts_with("Title:")).unwrap();
        let name = paper.file_name().unwrap().to_str().unwrap();
        // Whoever is on the other side asks by the number of the notice, not of the case.
        let asked_by =
            if name.ends_with("_notice.pdf") { title.rsplit(' ') } else { name.rsplit(' ') };
        let number = asked_by.map(|part| part.split('_').next().unwrap()).next().unwrap();
        assert!(title.contains(number) && title.contains("電子記録債権"), "{title}");
        let plain = folder.path().join("plain.pdf");
        let opened = ["--qdf", "--object-streams=disable"].map(std::ffi::OsStr::new);
        let done = Command::new("qpdf").args(opened).arg(paper).arg(&plain).status();
        assert!(done.unwrap().success());
        let objects = String::from_utf8_lossy(&std::fs::read(&plain).unwrap()).into_owned();
        assert!(objects.contains("/Lang (ja"), "{name} says that it is Japanese");

        let text = text_of(paper);
        assert!(text.contains("この書面は、電子記録がされたことの証明ではありません。"), "{text}");
        assert!(text.contains(number) && !text.contains('〓'), "{text}");

        let picture = folder.path().join("page");
        let prefix = picture.to_str().unwrap();
        let drawing = ["-r", "150", "-gray", "-f", "1", "-l", "1", "-singlefile"];
        let drawn = Command::new("pdftoppm").args(drawing).arg(paper).arg(prefix).status();
        assert!(drawn.unwrap().success());
        let picture = picture.with_extension("pgm");
        let (dark, all) = darkness(&std::fs::read(&picture).unwrap());
        assert!(dark * 200 > all && dark * 4 < all, "{name}: {dark} of {all} are dark");
        let code = run("zbarimg", &["-q", "--raw"], &picture);
        assert!(code.starts_with(&format!("{number} ")), "{code}");
        assert_eq!(code.trim().len(), number.len() + 65, "number and digest: {code}");
    }
    let own = papers.iter().find(|paper| paper.to_string_lossy().ends_with("-4.1_receipt.pdf"));
    let receipt = text_of(own.expect("the batch's receipt"));
    for shown in [
        "承認票",
        "株式会社見本製作所 御中",
        "3 件",
        "15,080,000",
        "切り離した明細",
        "1,500,000",
        "ﾀｶｻｷｼﾖｳｼﾞ",
        "照査",
        "決裁",
        "山田",
        "佐藤",
        "森",
        "2026-12-01 09:35:00",
    ] {
        assert!(receipt.contains(shown), "{shown} is missing in:\n{receipt}");
    }
}

/// A paper's signature as `kessai verify-receipt` sees it: what it says, and how it ends.
fn verified(paper: &Path, root: &Path) -> (String, Option<i32>) {
    let ca = root.join("var/pki/ca.pem");
    let done = Command::new(KESSAI).arg("verify-receipt").arg(paper).arg("--ca").arg(ca).output();
    let done = done.unwrap();
    (String::from_utf8(done.stdout).unwrap(), done.status.code())
}

#[test]
fn every_receipt_of_the_demo_is_signed_whole_and_a_touched_one_is_found_out() {
    if !asked_for() {
        return;
    }
    let (folder, root) = demo();
    let mut papers = files_below(&root.join("outbox"), "_receipt.pdf");
    papers.extend(files_below(&root.join("outbox"), "_record.pdf"));
    assert!(papers.len() >= 8, "{papers:?}");
    for paper in &papers {
        let told = run("pdfsig", &[], paper);
        for shown in ["Signature is Valid.", "Total document signed", "ETSI.CAdES.detached"] {
            assert!(told.contains(shown), "{shown} is missing in:\n{told}");
        }
        let (told, code) = verified(paper, &root);
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("署名は正しく") && told.contains("でんさい認証局"), "{told}");
    }
    let bytes = std::fs::read(&papers[0]).unwrap();
    let touched = folder.path().join("touched.pdf");
    let (first, last) = (bytes.len() / 3, bytes.len() - 40);
    for at in [first, last] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        std::fs::write(&touched, changed).unwrap();
        let (told, code) = verified(&touched, &root);
        assert_eq!(code, Some(1), "byte {at}: {told}");
    }
    std::fs::write(&touched, [&bytes[..], b"\n% more"].concat()).unwrap();
    let (told, code) = verified(&touched, &root);
    assert!(code == Some(1) && told.contains("書き足されて"), "{told}");
    // Another bank's authority does not vouch for it.
    let (_other, elsewhere) = demo();
    let (told, code) = verified(&papers[0], &elsewhere);
    assert!(code == Some(1) && told.contains("認証局"), "{told}");
    let unsigned = files_below(&root.join("outbox"), "_slip.pdf");
    let (told, code) = verified(&unsigned[0], &root);
    assert!(code == Some(1) && told.contains("署名がありません"), "{told}");
}

#[test]
fn the_demos_new_customer_has_a_letter() {
    if !asked_for() {
        return;
    }
    let (_folder, root) = demo();
    let letters = files_below(&root.join("outbox/contracts"), "_welcome.pdf");
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    let letter = text_of(letter);
    for shown in ["4EF5GH6JK", "でんさいライト", "2027年1月25日", "手形とでんさい", "****567"]
    {
        assert!(letter.contains(shown), "{shown} is missing in:\n{letter}");
    }
}

#[test]
fn the_demos_daily_report_is_sound_and_says_what_the_day_was() {
    if !asked_for() {
        return;
    }
    let (_folder, root) = demo();
    let papers = files_below(&root.join("outbox"), ".pdf");
    let report = papers.iter().find(|paper| paper.to_string_lossy().contains("daily_report"));
    let report = report.expect("a report of the day");
    assert!(run("qpdf", &["--check"], report).contains("No syntax or stream encoding errors"));
    let report = text_of(report);
    for shown in [
        "日報",
        "2026年12月1日（令和8年12月1日）",
        "でんさい発生記録請求",
        "19,570,000",
        "重複の保留",
        "末尾のハッシュ",
    ] {
        assert!(report.contains(shown), "{shown} is missing in:\n{report}");
    }
}

#[test]
fn the_demos_mails_are_read_alike_by_two_readers() {
    if !asked_for() {
        return;
    }
    let (_folder, root) = demo();
    let mails = files_below(&root.join("outbox/mail"), ".eml");
    assert!(mails.len() > 10, "{mails:?}");
    let reader = "import email, email.policy, json, sys\n\
        policy = email.policy.default\n\
        mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=policy)\n\
        assert not mail.defects, mail.defects\n\
        body = mail.get_body(('plain',))\n\
        print(json.dumps([mail['subject'], mail['to'].addresses[0].addr_spec, mail['message-id'],\n\
          mail['date'].datetime.isoformat(), body.get_content()]))\n";
    let mut ids = std::collections::BTreeSet::new();
    for path in mails {
        let read = run("python3", &["-c", reader], &path);
        let read: [String; 5] = serde_json::from_str(&read).unwrap();
        let [subject, to, id, date, body] = read;
        let bytes = std::fs::read(&path).unwrap();
        let mail = crate::mails::parsed(&bytes);
        assert_eq!(mail.subject(), Some(subject.as_str()));
        assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(to.as_str()));
        assert_eq!(format!("<{}>", mail.message_id().unwrap()), id);
        // The morning of the first day, the next one from noon on, or the day of the fees.
        let days = ["2026-12-01T0", "2026-12-02T0", "2027-01-03T23:"];
        assert!(days.iter().any(|at| date.starts_with(at)), "{date}");
        let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        assert_eq!(lines(&mail.body_text(0).unwrap()), lines(&body));
        assert!(ids.insert(id), "every mail has an ID of its own");
        // The first two lines say what, how much, and who must do what.
        let first: Vec<&str> = body.lines().take(2).collect();
        assert!(first.iter().all(|line| line.chars().count() > 8), "{first:?}");
        let fees = subject.contains("2027年1月の手数料");
        assert!(fees || subject.contains("2026120"), "{subject}");
        assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
    }
}

#[test]
fn the_sample_xml_is_valid_by_the_published_schema() {
    if !asked_for() {
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = here.join("workflows/schemas/densai_batch_v1.xsd");
    let samples = files_below(&here.join("src/app/samples"), ".xml");
    assert!(!samples.is_empty());
    for sample in samples {
        run("xmllint", &["--noout", "--nonet", "--schema", schema.to_str().unwrap()], &sample);
    }
}

#[test]
fn a_sample_root_lists_its_people_and_has_customers_with_folders() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let made = Command::new(KESSAI).args(["init", "--sample"]).arg(&root).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let list = root.join("SAMPLE-USERS.txt");
    let permissions = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&list).unwrap());
    assert_eq!(permissions & 0o777, 0o600, "passwords are for nobody else's eyes");
    let list = std::fs::read_to_string(&list).unwrap();
    assert!(list.ends_with('\n'));
    let mut authorities = std::collections::BTreeSet::new();
    for line in list.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [user, login, approval, authority, organisation] = columns[..] else {
            panic!("five columns: {line}");
        };
        assert!((8..=14).contains(&user.len()) && user.is_ascii(), "{user}");
        assert!(login != approval && login.len() >= 12 && approval.len() >= 12);
        assert!(matches!(organisation.len(), 3 | 9), "{organisation}");
        authorities.insert(authority);
    }
    assert!(["approve", "checker", "manager"].iter().all(|needed| authorities.contains(needed)));
    let customers = std::fs::read_dir(root.join("inbox/customers")).unwrap().count();
    assert!(customers >= 2);
    let checked = Command::new(KESSAI).args(["check", "--root"]).arg(&root).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn three_printed_sheets_that_come_back_by_two_calls_are_one_paper() {
    if !asked_for() {
        return;
    }
    let (folder, root) = demo();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let kessai = |args: &[&str]| {
        let done = Command::new(KESSAI).args(args).arg("--root").arg(&root).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    for (name, sheets) in [("three", "3"), ("one", "1")] {
        let out = at(&format!("{name}.pdf"));
        let form = ["form", "fax", "--customer", "1AB2CD3EF", "--sheets", sheets, "--out", &out];
        kessai(&form);
        // As a FAX machine sends it in standard quality.
        let dots = ["-tiff", "-mono", "-rx", "204", "-ry", "98", &out, &at(name)];
        let done = Command::new("pdftoppm").args(dots).status();
        assert!(done.expect("pdftoppm must be installed").success());
    }
    let calls =
        [("a.tif", ["three-3.tif", "three-1.tif"]), ("b.tif", ["one-1.tif", "three-2.tif"])];
    let mut told = String::new();
    for (call, pages) in calls {
        let pages = pages.map(&at);
        let done = Command::new("tiffcp").args(pages).arg(at(call)).status();
        assert!(done.expect("tiffcp must be installed").success());
        std::fs::copy(at(call), root.join("inbox/fax/001").join(call)).unwrap();
        kessai(&["run", "--drain"]);
        told = kessai(&["status"]);
        let keying = if call == "a.tif" { "keying 1" } else { "keying 2" };
        assert!(told.contains(keying), "{call}: {told}");
    }
    assert!(told.contains("joined 2"), "both calls went into papers: {told}");
    kessai(&["verify"]);
    assert_eq!(files_below(&root.join("inbox/.engine/claim"), "").len(), 0, "nothing is left");
}
