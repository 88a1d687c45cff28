//! Files that mean harm or were damaged, made anew at each run and always the same: more than three
//! hundred. Each must come to a verdict with a reason, and the good file after it must be taken.

use std::path::Path;

use crate::book::{parts, texts, xlsx, zip};
use crate::scans::picture::{Chance, tiff};

/// A file nobody should send.
pub(crate) struct Poison {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What a way in takes: requests, or pictures of papers.
pub(crate) struct Corpus {
    pub(crate) requests: Vec<Poison>,
    pub(crate) pictures: Vec<Poison>,
}

/// Everything, made of a good CSV.
pub(crate) fn corpus(csv: &[u8]) -> Corpus {
    let mut requests = Make { chance: Chance(0x2026_1127), made: Vec::new() };
    requests.csv(csv);
    requests.charsets(csv);
    requests.xml(&file("tests/it/data/formats/xml_clean/drop.xml"));
    requests.fixed_length(&file("src/app/samples/fixed_length.txt"));
    requests.workbooks(std::str::from_utf8(csv).unwrap());
    let mut pictures = Make { chance: Chance(0x1127_2026), made: Vec::new() };
    pictures.damaged_pictures();
    pictures.bombs();
    let all = Corpus { requests: requests.made, pictures: pictures.made };
    assert!(all.requests.len() + all.pictures.len() >= 300, "it is a corpus");
    all
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

struct Make {
    chance: Chance,
    made: Vec<Poison>,
}

impl Make {
    fn add(&mut self, ending: &str, bytes: impl Into<Vec<u8>>) {
        let name = format!("p{:03}.{ending}", self.made.len());
        self.made.push(Poison { name, bytes: bytes.into() });
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.chance.below(end as u64)).unwrap()
    }

    /// Cut off somewhere, and with some bytes changed, put in or left out.
    fn damage(&mut self, ending: &str, good: &[u8], times: usize) {
        for _ in 0..times {
            let end = self.below(good.len());
            self.add(ending, &good[..end]);
            let mut flipped = good.to_vec();
            for _ in 0..=self.below(6) {
                let at = self.below(flipped.len());
                flipped[at] ^= 1 << self.below(8);
            }
            self.add(ending, flipped);
            let mut changed = good.to_vec();
            for _ in 0..=self.below(6) {
                let at = self.below(changed.len());
                let byte = u8::try_from(self.below(256)).unwrap();
                if self.below(2) == 0 {
                    changed.insert(at, byte);
                } else {
                    changed.remove(at);
                }
            }
            self.add(ending, changed);
        }
    }

    fn csv(&mut self, good: &[u8]) {
        self.damage("csv", good, 20);
        let text = String::from_utf8(good.to_vec()).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let with = |rows: &str| format!("{header}\n{rows}");
        for hostile in [
            with(&",".repeat(500_000)),
            with(&"\n".repeat(300_000)),
            with(&"\"".repeat(300_001)),
            with(&"\"\",\"".repeat(100_000)),
            with(&"x".repeat(2_000_000)),
            with(&rows.replace(',', "\t")),
            with(&rows.replace('1', &"9".repeat(4_000))),
            with(&format!("{}\n", "-".repeat(64))),
            header.repeat(500),
            text.repeat(50),
            text.replace('\n', "\r"),
            text.replace('\n', "\u{85}"),
            text.replace('\n', "\u{2028}"),
            format!("{text}\u{1a}trailing"),
            with(&rows.replace("INV", "=cmd|'/c calc'!A0")),
            with(&rows.replace("INV", "\u{202e}gpj.exe")),
            with(&rows.replace("INV", &"\u{200b}".repeat(1_000))),
            with(&rows.replace("INV", &"\u{301}".repeat(10_000))),
            with(&"請求種別,".repeat(40_000)),
            ",".to_owned(),
            "\"".to_owned(),
            "\n".to_owned(),
            " ".repeat(1_000_000),
            String::new(),
        ] {
            self.add("csv", hostile);
        }
    }

    /// Bytes that are no text, or another than they say.
    fn charsets(&mut self, good: &[u8]) {
        let text = String::from_utf8(good.to_vec()).unwrap();
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        let put_in = |at: usize, what: &[u8]| [&good[..at], what, &good[at..]].concat();
        let middle = text.find('\n').unwrap() + 1;
        for hostile in [
            utf16.clone(),
            marked(b"\xff\xfe", &utf16[..utf16.len() - 1]),
            marked(b"\xfe\xff", &utf16),
            marked(b"\xff\xfe", &big),
            marked(b"\xff\xfe", b"\x00\xd8".repeat(50_000).as_slice()),
            marked(b"\xff\xfe", b"\x00\xdc\x00\xd8"),
            marked(b"\xff\xfe\0\0", &utf16),
            b"\xff\xfe".to_vec(),
            b"\xff".to_vec(),
            marked(b"\xef\xbb\xbf\xef\xbb\xbf", good),
            marked(b"+/v8-", good),
            put_in(middle, b"\0"),
            put_in(middle, &vec![0; 70_000]),
            put_in(middle, b"\xc0\xaf\xe0\x80\xaf"),
            put_in(middle, b"\xed\xa0\x80\xed\xb0\x80"),
            put_in(middle, b"\xf4\x90\x80\x80\xf8\x88\x80\x80\x80"),
            put_in(middle, b"\x81\n\x81\r\n\xf0\x40\xf9\xfc"),
            put_in(middle, &[0x81; 9_999]),
            put_in(middle, b"\x1b$B\x1b(B"),
            put_in(middle, &[0x80, 0xa0, 0xfd, 0xfe, 0xff]),
            (0..=255).cycle().take(65_536).collect(),
            vec![0xff; 65_536],
        ] {
            self.add("csv", hostile.clone());
            self.add("xml", hostile);
        }
        // What its name does not promise.
        let heads: [&[u8]; 6] =
            [b"PK\x03\x04", b"\x1f\x8b\x08", b"\x7fELF", b"MZ", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n"];
        for head in heads {
            for ending in ["csv", "xml", "txt", "exe"] {
                self.add(ending, marked(head, &[0x5a; 3_000]));
            }
        }
    }

    /// Workbooks that were damaged, and some that are other archives or lie about their lengths.
    fn workbooks(&mut self, csv: &str) {
        let sheets = [("支払", "visible", texts(csv))];
        let good = xlsx(&sheets);
        self.damage("xlsx", &good, 8);
        let mut missing = parts(&sheets);
        missing.remove(0);
        let mut bomb = parts(&sheets);
        bomb.push(("xl/zeros.xml".to_owned(), vec![0; 8 << 20]));
        for hostile in [
            zip(&missing),
            zip(&bomb),
            zip(&[]),
            xlsx(&[("空", "visible", Vec::new())]),
            xlsx(&[("隠し", "hidden", texts(csv))]),
            xlsx(&[("列", "visible", texts(&",".repeat(20_000)))]),
            [good.as_slice(), &good].concat(),
            csv.as_bytes().to_vec(),
        ] {
            self.add("xlsx", hostile);
        }
    }

    fn xml(&mut self, good: &[u8]) {
        self.damage("xml", good, 16);
        let text = String::from_utf8(good.to_vec()).unwrap();
        let laughs = {
            let mut entities = String::from("<!ENTITY l0 \"ha\">");
            for n in 1..30 {
                let before = format!("&l{};", n - 1).repeat(10);
                entities += &format!("<!ENTITY l{n} \"{before}\">");
            }
            format!(
                "<?xml version=\"1.0\"?><!DOCTYPE d [{entities}]><densaiBatch>&l29;</densaiBatch>"
            )
        };
        let with = |word: &str, other: &str| text.replacen(word, other, 1);
        let attributes: Vec<String> = (0..40_000).map(|n| format!("a{n}=\"x\"")).collect();
        let attributes = attributes.join(" ");
        for hostile in [
            laughs,
            format!("<!DOCTYPE d SYSTEM \"file:///etc/passwd\">{text}"),
            with(
                "<densaiBatch",
                "<!DOCTYPE d [<!ENTITY % p SYSTEM \"http://127.0.0.1/\">%p;]><densaiBatch",
            ),
            format!("<densaiBatch>{}", "<a>".repeat(100_000)),
            format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000)),
            with("<densaiBatch", &format!("<densaiBatch {attributes}")),
            with("<densaiBatch", &format!("<densaiBatch x=\"{}\"", "y".repeat(2_000_000))),
            with("A&amp;B", &"z".repeat(2_000_000)),
            with("A&amp;B", &"&amp;".repeat(200_000)),
            with("A&amp;B", "&#0;"),
            with("A&amp;B", "&#x110000;&#xd800;"),
            with("A&amp;B", "&#99999999999999999999;"),
            with("A&amp;B", "&nobody;"),
            with("A&amp;B", "&"),
            with("<comment>", &format!("<!--{}--><comment>", "-".repeat(9_999))),
            with("<comment>", "<![CDATA["),
            with("<comment>", "<?php system('x') ?><comment>"),
            with("<comment>", &format!("<{}>", "n".repeat(100_000))),
            with("UTF-8", "UTF-16"),
            with("UTF-8", "EBCDIC-JP"),
            with("UTF-8", &"U".repeat(70_000)),
            with("1.0", "9.9"),
            with("<densaiBatch", "<densaiBatch xmlns=\"urn:x\" xmlns:a=\"urn:y\""),
            with("count=\"2\"", "count=\"99999999999999999999999\""),
            with("count=\"2\"", "count=\"-1\" count=\"2\""),
            with("total=\"1500000\"", "total=\"18446744073709551616\""),
            text.replace("</request>", ""),
            text.replace('>', ""),
            text.replace('"', ""),
            format!("{text}{text}"),
            format!("{text}<"),
            "<".repeat(300_000),
            "<densaiBatch/>".to_owned(),
            "<?xml?>".to_owned(),
        ] {
            self.add("xml", hostile);
        }
    }

    fn fixed_length(&mut self, good: &[u8]) {
        self.damage("txt", good, 12);
        let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
        self.add("dat", lines[0].repeat(5_000));
        self.add("dat", lines[1].repeat(5_000));
        self.add("txt", [lines[1], lines[0]].concat());
        self.add("txt", lines.last().unwrap().repeat(3_000));
        self.add("txt", good.repeat(20));
        self.add("txt", good.to_ascii_lowercase());
        self.add("txt", vec![b' '; 250_000]);
        self.add("txt", [b'1'; 250]);
        self.add("txt", [0x40; 250]);
        self.add("txt", vec![b'9'; 100_000]);
        self.add("dat", good.iter().rev().copied().collect::<Vec<u8>>());
    }

    fn damaged_pictures(&mut self) {
        for name in [
            "pages.tif",
            "g4-msb.tif",
            "g3-1d-lsb.tif",
            "g3-2d-msb.tif",
            "lzw-msb.tif",
            "packbits-msb.tif",
            "rgb-deflate.tif",
            "grey-lzw.tif",
            "rle-msb.tif",
            "grey.png",
            "colour.png",
            "grey.jpg",
            "progressive.jpg",
            "ccitt-g4.pdf",
            "flate-rgb.pdf",
            "dct.pdf",
            "ccitt-g4-object-streams.pdf",
            "encrypted.pdf",
        ] {
            let good = file(&format!("tests/it/data/scans/{name}"));
            let ending = name.rsplit_once('.').unwrap().1;
            self.damage(ending, &good, 1);
        }
    }

    fn bombs(&mut self) {
        for packing in [1, 2, 3, 4, 5, 8, 32_773] {
            let (large, strip) = (0x7fff_ffff, [0x55; 64]);
            for (width, height) in [(large, large), (1_728, large), (large, 1), (0, 0)] {
                let tags = [(256, width), (257, height), (259, packing)];
                self.add("tif", tiff(&tags, (204, 196), &strip));
            }
        }
        // A directory that comes after itself, and one that lies outside.
        let mut looped = tiff(&[(256, 8), (257, 8), (259, 1)], (204, 196), &[0; 8]);
        let next = 8 + 2 + 12 * 7;
        looped[next..next + 4].copy_from_slice(&8_u32.to_le_bytes());
        self.add("tif", looped.clone());
        looped[next..next + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        self.add("tif", looped);
        let png = file("tests/it/data/scans/grey.png");
        for (width, height) in [(0x7fff_ffff_u32, 0x7fff_ffff_u32), (1, 0x7fff_ffff), (0, 0)] {
            let mut bomb = png.clone();
            bomb[16..20].copy_from_slice(&width.to_be_bytes());
            bomb[20..24].copy_from_slice(&height.to_be_bytes());
            self.add("png", bomb);
        }
        let mut jpeg = file("tests/it/data/scans/grey.jpg");
        let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
        self.add("jpg", jpeg);
        let pdf = |body: &str| format!("%PDF-1.7\n{body}\ntrailer <</Root 1 0 R>>\n%%EOF\n");
        for body in [
            format!("1 0 obj {} endobj", "[".repeat(200_000)),
            format!("1 0 obj {} endobj", "<</A ".repeat(100_000)),
            "1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj 2 0 obj <</Type /Pages /Kids [2 0 R] \
             /Count 1>> endobj"
                .to_owned(),
            "1 0 obj 1 0 R endobj".to_owned(),
            format!("1 0 obj ({}) endobj", "(".repeat(300_000)),
            String::new(),
        ] {
            self.add("pdf", pdf(&body));
        }
        self.add("tif", vec![b'I', b'I', b'*', 0]);
        self.add("tif", [&b"MM\0*"[..], &[0xff; 4_000]].concat());
        self.add("tif", vec![0; 100_000]);
    }
}
