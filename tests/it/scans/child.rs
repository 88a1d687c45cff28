//! Pictures are read in a process of its own, which can do nearly nothing.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use kessai::app::scans::{ChildScans, Limits, limit_this_process};
use kessai::app::workbooks::ChildWorkbooks;
use kessai::domain::{ScanFlaw, WorkbookFlaw};
use kessai::formats::scan::{self, Kind};
use kessai::formats::workbook;
use kessai::ports::{Scans as _, Workbooks as _};

use super::picture::tiff;
use super::{MARK, path, sample};
use crate::book::{Cell, archive, crc32, parts, xlsx};

fn reader() -> ChildScans {
    ChildScans::of(PathBuf::from(env!("CARGO_BIN_EXE_kessai")))
}

/// A program that stands in for the reader.
fn stand_in(folder: &Path, script: &str) -> ChildScans {
    let (text, path) = (folder.join("reader.txt"), folder.join("reader"));
    fs::write(&text, format!("#!/bin/sh\n{script}\n")).unwrap();
    // Written by a process of its own: a child that another test starts meanwhile would hold it
    // open for writing, and what is open for writing cannot be run.
    assert!(Command::new("cp").arg(&text).arg(&path).status().unwrap().success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    ChildScans::of(path)
}

#[test]
fn a_child_answers_what_the_reader_does() {
    for name in ["pages.tif", "ccitt-g4.pdf", "grey.jpg", "grey.png", "encrypted.pdf"] {
        let bytes = sample(name);
        assert_eq!(reader().read(&bytes), scan::read(&bytes), "{name}");
    }
    let bytes = sample("pages.tif");
    assert_eq!(reader().page(&bytes, 3, 300), scan::picture(&bytes, 3, 300));
    assert_eq!(reader().page(&bytes, 4, 300), scan::picture(&bytes, 4, 300));
    assert_eq!(reader().read(b"a,b\n"), Err(ScanFlaw::Unknown));
}

#[test]
fn a_child_reads_workbooks_as_the_reader_does_and_only_it_ends_at_one_that_lies() {
    let reader = ChildWorkbooks::of(PathBuf::from(env!("CARGO_BIN_EXE_kessai")));
    let sheets = [("支払", "visible", vec![vec![Cell::Text("請求種別")]])];
    let bytes = xlsx(&sheets);
    assert_eq!(reader.read(&bytes), workbook::read(&bytes));
    assert_eq!(reader.read(&bytes[..99]), workbook::read(&bytes[..99]));
    // The directory tells of a thousand bytes where a gigabyte is.
    let mut parts = parts(&sheets);
    let strings = parts.iter().position(|(name, _)| name == "xl/sharedStrings.xml").unwrap();
    parts.remove(strings);
    let begin = "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>";
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    deflate.write_all(begin.as_bytes()).unwrap();
    for _ in 0..1_024 {
        deflate.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }
    let packed = deflate.finish().unwrap();
    let mut all: Vec<_> = parts
        .iter()
        .map(|(name, bytes)| {
            let size = u32::try_from(bytes.len()).unwrap();
            (name.as_str(), 0, size, crc32(bytes), bytes.as_slice())
        })
        .collect();
    all.push(("xl/sharedStrings.xml", 8, 1_000, 0, &packed));
    let answer = reader.read(&archive(&all));
    assert!(
        matches!(answer, Err(WorkbookFlaw::Limits | WorkbookFlaw::Damaged(_))),
        "it ends at its own wall, and this program goes on: {answer:?}"
    );
}

#[test]
fn a_picture_beyond_all_bounds_ends_only_its_child_130() {
    let bomb = tiff(&[(256, 0x7fff_ffff), (257, 0x7fff_ffff), (259, 4)], (204, 196), &[0; 16]);
    let reader = reader();
    assert_eq!(reader.read(&bomb), Err(ScanFlaw::Limits));
    assert_eq!(reader.read(&vec![0; scan::BYTES_MAX + 1]), Err(ScanFlaw::TooMuch));
    assert_eq!(reader.read(&sample("g4-msb.tif")).unwrap().pages[0].marks, [MARK]);
}

#[test]
fn a_child_that_never_ends_is_ended_131() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    // What it started itself holds its pipes open, and ends with it.
    let endless = stand_in(folder.path(), "sleep 60 & while :; do :; done");
    let endless = endless.within(Duration::from_millis(300));
    assert_eq!(endless.read(&sample("g4-msb.tif")), Err(ScanFlaw::TooSlow));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_child_that_dies_or_talks_nonsense_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = sample("g4-msb.tif");
    let ends = [
        ("SEGV", ScanFlaw::Limits),
        ("ABRT", ScanFlaw::Limits),
        ("XCPU", ScanFlaw::TooSlow),
        ("KILL", ScanFlaw::TooSlow),
    ];
    for (signal, flaw) in ends {
        let reader = stand_in(folder.path(), &format!("kill -{signal} $$"));
        assert_eq!(reader.read(&bytes), Err(flaw), "{signal}");
    }
    let scripts = ["exit 101", "exit 7", "exit 1", "exit 0", "echo '{\"pages\":[]}'", "echo hello"];
    for script in scripts {
        let reader = stand_in(folder.path(), script);
        assert!(matches!(reader.read(&bytes), Err(ScanFlaw::Damaged(_))), "{script}");
        assert!(matches!(reader.page(&bytes, 1, 100), Err(ScanFlaw::Damaged(_))), "{script}");
    }
    let none = ChildScans::of(folder.path().join("nobody"));
    assert!(matches!(none.read(&bytes), Err(ScanFlaw::Damaged(_))));
}

#[test]
fn a_child_knows_nothing_of_where_it_was_started() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let script = format!("/usr/bin/env > {}", told.display());
    assert!(stand_in(folder.path(), &script).read(b"").is_err());
    let told = fs::read_to_string(told).unwrap();
    // The shell itself adds where it is.
    let known = ["PWD=", "OLDPWD=", "SHLVL=", "_="];
    assert!(told.lines().all(|line| known.iter().any(|one| line.starts_with(one))), "{told}");
}

#[test]
fn at_most_two_children_run_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "cd {}; : > run.$$; ls | grep -c '^run' >> most; sleep 0.2; rm run.$$",
        folder.path().display()
    );
    // Without a path the script finds no programs.
    let reader = stand_in(folder.path(), &format!("PATH=/usr/bin:/bin; {script}"));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| reader.read(b"").unwrap_err());
        }
    });
    let most = fs::read_to_string(folder.path().join("most")).unwrap();
    let most: Vec<u32> = most.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!((most.len(), most.iter().max()), (6, Some(&2)), "{most:?}");
}

/// Runs one test of this program alone, with a word that tells it that it is the child.
fn alone(test: &str, word: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--test-threads", "1"])
        .env("KESSAI_TEST_CHILD", word)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}

#[test]
fn a_limited_process_opens_no_file_and_no_socket() {
    let folder = tempfile::tempdir().unwrap();
    if std::env::var_os("KESSAI_TEST_CHILD").is_none() {
        let test = "scans::child::a_limited_process_opens_no_file_and_no_socket";
        assert!(alone(test, "files").success());
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut open = fs::File::create(folder.path().join("open")).unwrap();
    assert!(fs::read(path("g4-msb.tif")).is_ok() && TcpStream::connect(address).is_ok());
    limit_this_process(Limits::CHILD).unwrap();
    assert!(fs::read(path("g4-msb.tif")).is_err());
    assert!(fs::File::create(folder.path().join("other")).is_err());
    assert!(TcpStream::connect(address).is_err() && UdpSocket::bind("127.0.0.1:0").is_err());
    let started = Command::new("/bin/true").stderr(Stdio::null()).status();
    assert!(!started.is_ok_and(|status| status.success()), "a program finds no library");
    drop(listener);
    assert!(TcpStream::connect(address).is_err(), "not in the place of one that was closed either");
    // Writing to a file that is open would end the process by a signal: the length is the limit.
    assert_eq!(std::io::Write::write(&mut open, b"").unwrap(), 0);
}

#[test]
fn a_limited_process_ends_when_it_takes_too_much_131() {
    match std::env::var("KESSAI_TEST_CHILD").as_deref() {
        Ok("memory") => {
            limit_this_process(Limits { memory: 512 << 20, cpu_s: 20 }).unwrap();
            assert_eq!(std::hint::black_box(vec![1_u8; 600 << 20]).len(), 600 << 20);
        }
        Ok("time") => {
            limit_this_process(Limits { memory: 512 << 20, cpu_s: 1 }).unwrap();
            loop {
                std::hint::black_box(0);
            }
        }
        _ => {
            let test = "scans::child::a_limited_process_ends_when_it_takes_too_much_131";
            let signals = ["memory", "time"].map(|word| alone(test, word).signal());
            // SIGABRT, and SIGXCPU or, where soft and hard limit are one, SIGKILL.
            assert!(matches!(signals, [Some(6), Some(9 | 24)]), "{signals:?}");
        }
    }
}

#[test]
fn inspect_tells_each_page_of_a_picture() {
    let inspect = |name: &str, more: &[&str]| {
        let path = path(name);
        let args = [&["inspect", path.to_str().unwrap()], more].concat();
        let output = Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, told) = inspect("pages.tif", &[]);
    assert_eq!(code, Some(0));
    let expected = "形式: tiff、3ページ\n\
        1ページ目: 幅433ドット、220行のうち220行を読みました(204×196dpi)\n  \
        QR: KESSAI FORM 20261201-000001-4 P1/1\n\
        2ページ目: 幅433ドット、220行のうち220行を読みました(204×196dpi)\n  白紙です\n\
        3ページ目: 幅433ドット、110行のうち110行を読みました(204×98dpi)\n  \
        QR: KESSAI FORM 20261201-000001-4 P1/1\n";
    assert_eq!(told, expected);
    let (code, told) = inspect("g4-cut.tif", &[]);
    assert!(code == Some(0) && told.contains("  壊れた行: 137〜220\n"), "{told}");
    for (name, word) in [("encrypted.pdf", "E_PDF_ENC"), ("jbig2.pdf", "E_IMAGE")] {
        let (code, told) = inspect(name, &[]);
        assert!(code == Some(1) && told.starts_with(&format!("[エラー {word}]")), "{told}");
        let (code, told) = inspect(name, &["--json"]);
        assert!(code == Some(1) && told.contains(&format!("\"code\":\"{word}\"")), "{told}");
    }
    assert_eq!(scan::sniff(&sample("pages.tif")), Some(Kind::Tiff));
    // By its name it is a picture: what it is judged by is not asked for.
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.TIF");
    fs::write(&broken, [&b"XX"[..], &sample("pages.tif")[2..]].concat()).unwrap();
    let (code, told) = inspect(broken.to_str().unwrap(), &[]);
    assert!(code == Some(1) && told.contains("[エラー E_IMAGE]"), "{told}");
    assert!(told.contains("画像が壊れているか、画像ではありません"), "{told}");
}
