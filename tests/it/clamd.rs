//! Talking to clamd: against one of ours that answers well, badly, late or not at all.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use kessai::channels::Clamd;
use kessai::ports::{Screener as _, Screening, Unscreened};

const VERSION: &[u8] = b"ClamAV 1.0.9/27800/Fri Nov 27 09:00:00 2026\0";

/// What the false clamd does once it has a file.
#[derive(Clone, Copy)]
enum Answers {
    Says(&'static [u8]),
    /// It takes the file and is silent.
    Hangs,
    /// It takes some of the file, says so and closes.
    HadEnough,
}

/// Answers each connection once, and gives back the last file it was given.
fn serve(listener: UnixListener, answers: Answers) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut file = Vec::new();
        for asked in 0..2 {
            let (mut talk, _) = listener.accept().unwrap();
            let mut command = [0; 10];
            if asked == 0 {
                talk.read_exact(&mut command[..9]).unwrap();
                assert_eq!(&command[..9], b"zVERSION\0");
                talk.write_all(VERSION).unwrap();
                continue;
            }
            talk.read_exact(&mut command).unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            if let Answers::HadEnough = answers {
                talk.write_all(b"INSTREAM size limit exceeded. ERROR\0").unwrap();
                return file;
            }
            loop {
                let mut length = [0; 4];
                talk.read_exact(&mut length).unwrap();
                let mut part = vec![0; u32::from_be_bytes(length) as usize];
                if part.is_empty() {
                    break;
                }
                talk.read_exact(&mut part).unwrap();
                file.extend(part);
            }
            match answers {
                Answers::Says(words) => talk.write_all(words).unwrap(),
                // Until the other side gives up.
                Answers::Hangs => drop(talk.read(&mut [0; 1])),
                Answers::HadEnough => unreachable!(),
            }
        }
        file
    })
}

fn at(place: &Path) -> Clamd {
    let patience = Duration::from_secs(20);
    Clamd { place: place.to_str().unwrap().to_owned(), patience, ..Clamd::default() }
}

/// What becomes of a file with this answer, and what clamd was given.
fn asked(answers: Answers, bytes: &[u8]) -> (Result<Screening, Unscreened>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("clamd.ctl");
    let patience = match answers {
        Answers::Hangs => Duration::from_millis(300),
        Answers::Says(_) | Answers::HadEnough => Duration::from_secs(20),
    };
    let clamd = Clamd { patience, ..at(&place) };
    let served = serve(UnixListener::bind(&place).unwrap(), answers);
    let answer = clamd.screen(&mut &*bytes, bytes.len() as u64);
    (answer, served.join().unwrap())
}

#[test]
fn every_byte_of_a_file_reaches_clamd_in_its_order() {
    let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let (answer, given) = asked(Answers::Says(b"stream: OK\0"), &bytes);
    let by = "ClamAV 1.0.9/27800/Fri Nov 27 09:00:00 2026".to_owned();
    assert_eq!(answer, Ok(Screening { by, found: None }));
    assert!(given == bytes);
}

#[test]
fn only_a_clear_answer_of_clamd_is_one() {
    let found = |name: &str| Some(name.to_owned());
    let (answer, _) = asked(Answers::Says(b"stream: Eicar-Signature FOUND\0"), b"x");
    assert_eq!(answer.unwrap().found, found("Eicar-Signature"));
    let (answer, _) = asked(Answers::Says(b"stream: A B FOUND\n"), b"x");
    assert_eq!(answer.unwrap().found, found("A B"));
    for (answers, why) in [
        (Answers::Hangs, "clamd does not answer in time"),
        (Answers::Says(b""), "clamd hung up without an answer"),
        (Answers::Says(b"stream: OK"), "clamd hung up without an answer"),
        (Answers::Says(b"stream: OK, I think\0"), "clamd gave no verdict"),
        (Answers::Says(b"stream: Can't allocate memory ERROR\0"), "clamd gave no verdict"),
        (Answers::Says(b"\0"), "clamd gave no verdict"),
        (Answers::Says(&[0xff; 5_000]), "clamd hung up without an answer"),
    ] {
        assert_eq!(asked(answers, b"x").0, Err(Unscreened::Away(why.to_owned())));
    }
}

#[test]
fn a_file_longer_than_is_looked_into_is_told_apart_from_a_scanner_that_is_away() {
    let much = vec![b'x'; 4 << 20];
    assert_eq!(asked(Answers::HadEnough, &much).0, Err(Unscreened::TooLong));
    // Where ours is the lower limit, nobody is asked.
    let clamd = Clamd { bytes_max: 3, ..at(Path::new("/nowhere")) };
    assert_eq!(clamd.screen(&mut &b"four"[..], 4), Err(Unscreened::TooLong));
}

#[test]
fn a_clamd_that_is_not_there_is_away_at_whatever_place() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let left = folder.path().join("left.ctl");
    drop(UnixListener::bind(&left).unwrap());
    for place in [
        folder.path().join("none.ctl").to_str().unwrap(),
        left.to_str().unwrap(),
        &format!("127.0.0.1:{port}"),
    ] {
        let answer = at(Path::new(place)).screen(&mut &b"x"[..], 1);
        assert!(matches!(answer, Err(Unscreened::Away(_))), "{place}: {answer:?}");
    }
    assert!(Clamd::default().screener().screen(&mut &b"x"[..], 1).is_err(), "none is set");
}
