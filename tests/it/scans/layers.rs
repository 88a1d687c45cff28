//! Pages of PDFs that are strips of one picture, and those that are more than a picture.

use std::process::Command;

use kessai::domain::{ScanFlaw, ScanPage};
use kessai::formats::scan;
use lopdf::content::Content;
use lopdf::{Document, Object, Stream, dictionary};

use super::{MARK, original, page, rows};

/// The sample page's dots and its size in points.
const SIZE: (u32, u32) = (433, 220);
const WHOLE: &str = "q 152.82 0 0 80.82 0 0 cm /A Do Q";

/// A picture of some of the sample's rows, white where there are none.
fn rows_of(from: usize, count: usize) -> Stream {
    let original = original();
    let white = vec![0; original[0].len()];
    let row = |at| original.get(at).unwrap_or(&white).iter().map(|byte| !byte);
    let bytes: Vec<u8> = (from..from + count).flat_map(row).collect();
    picture((SIZE.0, u32::try_from(count).unwrap()), bytes)
}

/// A black and white picture, 0 being black.
fn picture((width, height): (u32, u32), bytes: Vec<u8>) -> Stream {
    let dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(width),
        "Height" => i64::from(height), "ColorSpace" => "DeviceGray", "BitsPerComponent" => 1,
    };
    Stream::new(dict, bytes)
}

fn numbers(all: &[f32]) -> Vec<Object> {
    all.iter().map(|number| Object::Real(*number)).collect()
}

/// A form that draws a content.
fn form(content: &str, objects: &[(&str, Object)]) -> Stream {
    let named = objects.iter().map(|(name, object)| (*name, object.clone())).collect();
    let dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers(&[0.0, 0.0, 1.0, 1.0]),
        "Matrix" => numbers(&[2.0, 0.0, 0.0, 2.0, 0.0, 0.0]),
        "Resources" => dictionary! { "XObject" => Object::Dictionary(named) },
    };
    Stream::new(dict, content.as_bytes().to_vec())
}

/// A PDF of one page of the sample's size, with pictures and forms by their names.
struct Made {
    document: Document,
    page: lopdf::Dictionary,
}

impl Made {
    fn of(content: &str, objects: Vec<(&str, Stream)>) -> Self {
        let mut document = Document::with_version("1.4");
        let mut named = lopdf::Dictionary::new();
        for (name, stream) in objects {
            named.set(name, document.add_object(stream));
        }
        let content = Stream::new(dictionary! {}, content.as_bytes().to_vec());
        let page = dictionary! {
            "Type" => "Page", "Contents" => document.add_object(content),
            "MediaBox" => numbers(&[0.0, 0.0, 152.82, 80.82]),
            "Resources" => dictionary! { "XObject" => Object::Dictionary(named) },
        };
        Self { document, page }
    }

    fn bytes(self) -> Vec<u8> {
        self.bytes_with(Vec::new())
    }

    /// The same with more pages.
    fn bytes_with(mut self, more: Vec<lopdf::Dictionary>) -> Vec<u8> {
        let pages = self.document.new_object_id();
        let mut kids = Vec::new();
        for mut page in std::iter::once(self.page).chain(more) {
            page.set("Parent", pages);
            kids.push(self.document.add_object(page).into());
        }
        let count = i64::try_from(kids.len()).unwrap();
        let tree = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
        self.document.objects.insert(pages, Object::Dictionary(tree));
        let root = dictionary! { "Type" => "Catalog", "Pages" => pages };
        let root = self.document.add_object(root);
        self.document.trailer.set("Root", root);
        let mut bytes = Vec::new();
        self.document.save_to(&mut bytes).unwrap();
        bytes
    }
}

fn pdf(content: &str, objects: Vec<(&str, Stream)>) -> Vec<u8> {
    Made::of(content, objects).bytes()
}

/// Three strips of the sample's rows, drawn in another order than they lie.
fn strips() -> (String, Vec<(&'static str, Stream)>) {
    let placed = |name: &str, from: u32, count: u32| {
        let up = |rows: u32| 8_082 * rows / SIZE.1;
        let (bottom, high) = (8_082 - up(from + count), up(from + count) - up(from));
        let points = |number: u32| format!("{}.{:02}", number / 100, number % 100);
        format!("q 152.82 0 0 {} 0 {} cm /{name} Do Q ", points(high), points(bottom))
    };
    let content = [placed("B", 80, 80), placed("C", 160, 60), placed("A", 0, 80)].concat();
    let objects = vec![("A", rows_of(0, 80)), ("B", rows_of(80, 80)), ("C", rows_of(160, 60))];
    (content, objects)
}

#[test]
fn strips_of_a_page_are_laid_together_by_their_places_147() {
    let (content, objects) = strips();
    // A scanner may paint the paper first.
    for before in ["", "1 g 0 0 153 81 re f "] {
        let bytes = pdf(&format!("{before}{content}"), objects.clone());
        let whole = page(&bytes, 0);
        assert_eq!((whole.dots.size(), whole.dpi), (SIZE, (204, 196)), "{before}");
        assert!(rows(&whole) == original(), "{before}");
        let scan = scan::read(&bytes).unwrap();
        assert_eq!((scan.pages[0].rows_read, scan.pages[0].marks.len()), (220, 1));
    }
}

#[test]
fn what_is_damaged_of_a_strip_is_told_by_the_rows_of_the_page() {
    let (content, mut objects) = strips();
    let row = objects[1].1.content.len() / 80;
    let cut = objects[1].1.content[..row * 30].to_vec();
    objects[1].1.set_content(cut);
    let read = page(&pdf(&content, objects), 0);
    assert_eq!(read.damage.runs(), [(111, 160)]);
    let (rows, original) = (rows(&read), original());
    assert!(rows[..110] == original[..110] && rows[160..] == original[160..]);
}

#[test]
fn strips_in_grey_and_in_black_and_white_make_one_page() {
    let (content, mut objects) = strips();
    let bits =
        |byte: &u8| (0..8).rev().map(|n| if byte >> n & 1 == 1 { 0xff } else { 0 }).collect();
    let grey = |row: &[u8]| {
        let shades: Vec<u8> = row.iter().flat_map(|byte| -> Vec<u8> { bits(byte) }).collect();
        shades[..SIZE.0 as usize].to_vec()
    };
    let strip = &mut objects[2].1;
    strip.set_content(strip.content.chunks(original()[0].len()).flat_map(grey).collect());
    strip.dict.set("BitsPerComponent", 8);
    assert!(rows(&page(&pdf(&content, objects), 0)) == original());
}

/// What a page has on it that is not shown.
fn beside(bytes: &[u8]) -> String {
    match scan::read(bytes) {
        Err(ScanFlaw::Drawn(what)) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_that_is_more_than_a_picture_is_named_and_no_part_of_it_shown() {
    let whole = || vec![("A", rows_of(0, 220))];
    let with = |more: &str| pdf(&format!("{WHOLE} {more}"), whole());
    assert_eq!(beside(&with("BT /F 9 Tf (1,000) Tj ET")), "text");
    assert_eq!(beside(&with("BT /F 9 Tf 3 Tr (a) Tj 0 Tr [(b) 3] TJ ET")), "text");
    assert_eq!(beside(&with("BT <41> ' ET")), "text");
    assert_eq!(beside(&pdf("BT (a request without any picture) Tj ET", Vec::new())), "text");
    assert_eq!(beside(&with("0 0 m 9 9 l S")), "lines or areas");
    assert_eq!(beside(&with("BI /W 1 /H 1 ID x EI")), "a picture within the text");
    // What is typed below a picture that does not reach everywhere is seen beside it.
    let narrow = "BT (a) Tj ET q 120 0 0 80.82 0 0 cm /A Do Q";
    assert_eq!(beside(&pdf(narrow, whole())), "text");
    // A code alone, as on a form that is printed.
    let code = "q 30 0 0 30 100 40 cm /A Do Q";
    assert_eq!(beside(&pdf(code, whole())), "a picture on a part of the page");
    // Two layers: what is written is in the second.
    let mut mask = rows_of(0, 220);
    mask.dict.set("ImageMask", true);
    let layers = vec![("A", rows_of(300, 220)), ("B", mask)];
    let both = format!("{WHOLE} {}", WHOLE.replace("/A", "/B"));
    assert_eq!(beside(&pdf(&both, layers)), "several pictures");
    let mut masked = rows_of(0, 220);
    masked.dict.set("SMask", Object::Dictionary(dictionary! {}));
    assert_eq!(beside(&pdf(WHOLE, vec![("A", masked)])), "a picture with a mask");
    // A stamp above the scan.
    let stamp = format!("{WHOLE} q 9 0 0 9 9 9 cm /A Do Q");
    assert_eq!(beside(&pdf(&stamp, whole())), "several pictures");
    // A form that draws itself.
    let mut endless = form("/A Do", &[]);
    endless.dict.remove(b"Resources");
    assert_eq!(beside(&pdf("/A Do", vec![("A", endless)])), "forms within forms");
}

#[test]
fn a_picture_that_is_cut_off_or_seen_through_hides_nothing() {
    const VEILED: &str = "a picture that is cut off or can be seen through";
    let whole = || vec![("A", rows_of(0, 220))];
    let cut = |path: &str| pdf(&format!("q {path} W n {WHOLE} Q"), whole());
    assert_eq!(beside(&cut("0 0 40 40 re")), VEILED);
    assert_eq!(beside(&cut("0 0 m 152 0 l 0 80 l h")), VEILED);
    assert!(scan::read(&cut("0 0 152.82 80.82 re")).is_ok(), "scanners cut at the page's edges");
    let ended = format!("q 0 0 40 40 re W n Q {WHOLE}");
    assert!(scan::read(&pdf(&ended, whole())).is_ok(), "what was cut before is over");
    let state = |state: lopdf::Dictionary| {
        let content = format!("BT /F 9 Tf (1,000) Tj ET /G gs {WHOLE}");
        let mut made = Made::of(&content, whole());
        let states = dictionary! { "G" => Object::Dictionary(state) };
        let resources = made.page.get_mut(b"Resources").unwrap().as_dict_mut().unwrap();
        resources.set("ExtGState", Object::Dictionary(states));
        made.bytes()
    };
    assert_eq!(beside(&state(dictionary! { "ca" => Object::Real(0.5) })), "text");
    assert_eq!(beside(&state(dictionary! { "BM" => "Multiply" })), "text");
    let mask = Object::Dictionary(dictionary! {});
    assert_eq!(beside(&state(dictionary! { "SMask" => mask })), "text");
    let plain = dictionary! { "ca" => 1, "BM" => "Normal", "SMask" => "None" };
    assert!(scan::read(&state(plain)).is_ok(), "the picture hides the text");
}

#[test]
fn content_that_cannot_be_unpacked_is_not_passed_over() {
    for filter in ["FlateDecode", "Unheard"] {
        let mut made = Made::of(WHOLE, vec![("A", rows_of(0, 220))]);
        let broken = Stream::new(dictionary! { "Filter" => filter }, b"no zlib".to_vec());
        let broken = made.document.add_object(broken);
        let first = made.page.get(b"Contents").unwrap().clone();
        made.page.set("Contents", vec![first, broken.into()]);
        assert!(beside(&made.bytes()).starts_with("content that cannot be read"), "{filter}");
    }
}

#[test]
fn strips_with_a_gap_or_beside_one_another_are_no_page() {
    let (content, objects) = strips();
    let gap = content.replace("/B Do", "/None Do");
    assert_eq!(beside(&pdf(&gap, objects.clone())), "several pictures");
    let shifted = content.replacen("q 152", "q 1 0 0 1 70 0 cm 152", 1);
    assert_eq!(beside(&pdf(&shifted, objects)), "several pictures");
}

#[test]
fn notes_on_a_page_are_named_and_links_are_not() {
    let noted = |kind: &str, flags: i64| {
        let mut made = Made::of(WHOLE, vec![("A", rows_of(0, 220))]);
        let note = dictionary! { "Type" => "Annot", "Subtype" => kind, "F" => flags };
        made.page.set("Annots", vec![Object::Dictionary(note)]);
        made.bytes()
    };
    assert_eq!(beside(&noted("FreeText", 4)), "annotations");
    assert_eq!(beside(&noted("Stamp", 0)), "annotations");
    for (kind, flags) in [("Link", 0), ("Popup", 0), ("FreeText", 2), ("Stamp", 32)] {
        assert!(scan::read(&noted(kind, flags)).is_ok(), "{kind} {flags}");
    }
}

#[test]
fn what_nobody_sees_does_not_hinder() {
    let whole = || vec![("A", rows_of(0, 220))];
    let searchable = format!("{WHOLE} BT 3 Tr (what a scanner read) Tj ET");
    let hidden = format!("BT (below) Tj ET 0 0 m 9 9 l S {WHOLE}");
    let speck = format!("{WHOLE} q 1 0 0 1 9 9 cm /A Do Q");
    let empty = format!("q 1 0 0 1 0 0 cm Q {WHOLE} BT () Tj [<>] TJ ET");
    for content in [searchable, hidden, speck, empty] {
        Content::decode(content.as_bytes()).unwrap();
        let read = page(&pdf(&content, whole()), 0);
        assert!(rows(&read) == original(), "{content}");
        assert_eq!(scan::read(&pdf(&content, whole())).unwrap().pages[0].marks, [MARK]);
    }
    // A form of half the size, which its own matrix doubles.
    let mut made = Made::of("q 76.41 0 0 40.41 0 0 cm /F Do Q", Vec::new());
    let inner = made.document.add_object(rows_of(0, 220));
    let outer = made.document.add_object(form("/A Do", &[("A", inner.into())]));
    let named = dictionary! { "XObject" => dictionary! { "F" => outer } };
    made.page.set("Resources", named);
    let read = page(&made.bytes(), 0);
    assert!(rows(&read) == original() && read.dpi == (204, 196));
}

#[test]
fn a_picture_that_is_turned_by_its_place_is_shown_upright() {
    let made = |place: &str, sides: [f32; 2]| {
        let content = format!("q {place} cm /A Do Q");
        let mut made = Made::of(&content, vec![("A", rows_of(0, 220))]);
        let [across, up] = sides;
        made.page.set("MediaBox", numbers(&[0.0, 0.0, across, up]));
        let shown = scan::picture(&made.bytes(), 1, 1_000).unwrap();
        page(&shown, 0).dots.size()
    };
    assert_eq!(made("152.82 0 0 80.82 0 0", [152.82, 80.82]), (433, 228));
    assert_eq!(made("0 152.82 -80.82 0 80.82 0", [80.82, 152.82]), (228, 433));
}

#[test]
fn a_page_that_cannot_be_shown_among_others_is_told_with_its_reason() {
    let mut made = Made::of(WHOLE, vec![("A", rows_of(0, 220))]);
    let mut packed = rows_of(0, 220);
    packed.dict.set("Filter", "JBIG2Decode");
    let packed = made.document.add_object(packed);
    let named = dictionary! { "XObject" => dictionary! { "A" => packed } };
    let mut second = made.page.clone();
    second.set("Resources", named);
    let bytes = made.bytes_with(vec![second]);
    let scan = scan::read(&bytes).unwrap();
    let hidden: Vec<_> = scan.pages.iter().map(ScanPage::hidden).collect();
    assert_eq!(hidden, [None, Some(&ScanFlaw::Packing("JBIG2".to_owned()))]);
    assert_eq!(scan.pages[0].marks, [MARK]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.pdf");
    std::fs::write(&path, &bytes).unwrap();
    let inspect = |more: &[&str]| {
        let args = [&["inspect", path.to_str().unwrap()], more].concat();
        let output = Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let told = inspect(&[]);
    let expected = "2ページ目: ここに表示できません（JBIG2）。元のファイルを開いてください\n";
    assert!(told.ends_with(expected), "{told}");
    assert!(told.contains("1ページ目: 幅433ドット、220行のうち220行を読みました"), "{told}");
    let json = inspect(&["--json"]);
    assert!(json.contains("\"hidden\":\"packed as JBIG2, which is not read\""), "{json}");
}

#[test]
fn a_page_of_many_words_ends() {
    let many = "q Q ".repeat(300_000);
    assert_eq!(beside(&pdf(&many, Vec::new())), "more than a scanner writes");
    let deep = format!("{} {WHOLE}", "q ".repeat(1_000));
    assert_eq!(beside(&pdf(&deep, vec![("A", rows_of(0, 220))])), "more than a scanner writes");
    let often = "/A Do ".repeat(100_000);
    let inner = form(&"q Q ".repeat(100), &[]);
    assert_eq!(beside(&pdf(&often, vec![("A", inner)])), "more than a scanner writes");
}
