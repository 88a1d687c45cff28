//! PDFs of multifunction printers.

use kessai::domain::{Code, ScanFlaw};
use kessai::formats::scan;

use super::{MARK, original, page, rows, sample, samples};

#[test]
fn the_picture_of_a_pdf_page_is_read_without_drawing_it_147() {
    let original = original();
    let mut fax = 0;
    for name in samples(".pdf") {
        let named = ["ccitt", "flate", "dct"].iter().any(|begin| name.starts_with(begin));
        if !named {
            continue;
        }
        let bytes = sample(&name);
        let page = page(&bytes, 0);
        assert_eq!(page.damage.runs(), [], "{name}");
        // The file tells no resolution: it is the page's size in points.
        assert_eq!(page.dpi, (204, 196), "{name}");
        if name != "dct.pdf" {
            assert!(rows(&page) == original, "{name} has other dots");
        }
        assert_eq!(scan::read(&bytes).unwrap().pages[0].marks, [MARK], "{name}");
        fax += u32::from(name.starts_with("ccitt"));
    }
    assert!(fax >= 7, "{fax}");
}

#[test]
fn an_encrypted_pdf_is_told_as_such_148() {
    for name in ["encrypted.pdf", "encrypted-open.pdf"] {
        let flaw = scan::read(&sample(name)).unwrap_err();
        assert_eq!((&flaw, scan::finding(&flaw).code), (&ScanFlaw::Encrypted, Code::PdfEnc));
    }
}

#[test]
fn a_packing_that_is_not_read_is_named() {
    for (name, packing) in [("jbig2.pdf", "JBIG2"), ("jpx.pdf", "JPEG 2000")] {
        let flaw = scan::read(&sample(name)).unwrap_err();
        assert_eq!(flaw, ScanFlaw::Packing(packing.to_owned()));
        assert_eq!(scan::finding(&flaw).code, Code::Image);
    }
}

#[test]
fn a_pdf_without_a_picture_shows_no_page() {
    let text = String::from_utf8_lossy(&sample("ccitt-g4.pdf")).replace("/Image", "/Other");
    assert!(matches!(scan::read(text.as_bytes()), Err(ScanFlaw::Damaged(_))));
    let nested = format!("%PDF-1.4\n1 0 obj\n{}", "[".repeat(200_000));
    assert!(matches!(scan::read(nested.as_bytes()), Err(ScanFlaw::Damaged(_))));
}
