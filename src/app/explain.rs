//! `kessai explain CODE`: the page of a code.

use std::io::Write;

use super::outcome::{Error, Outcome};
use crate::domain::Code;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// コード(例: D07) / the code
    code: String,
}

/// Prints the page of a code.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    let Some(code) = Code::parse(args.code.trim()) else {
        let wanted = args.code.trim().to_ascii_uppercase();
        let names = Code::ALL.iter().map(|code| code.as_str());
        let near = names.map(|name| (strsim::damerau_levenshtein(&wanted, name), name)).min();
        let near = near.map_or("D07", |(_, name)| name);
        return Err(Error::Usage(format!(
            "there is no code {wanted}; did you mean {near}? / そのコードはありません。{near} のことでしょうか"
        )));
    };
    out.write_all(page(code).as_bytes())?;
    Ok(Outcome::Well)
}

macro_rules! pages {
    ($($name:ident $text:literal),+ $(,)?) => {
        /// The page of `code`, in Japanese and then in English.
        const fn page(code: Code) -> &'static str {
            match code {
                $(Code::$name => include_str!(concat!("../../docs/codes/", $text, ".md"))),+
            }
        }
    };
}

pages! {
    Empty "E_EMPTY", Type "E_TYPE", Name "E_NAME", Link "E_LINK", Size "E_SIZE", Enc "E_ENC",
    Gaiji "E_GAIJI", Schema "E_SCHEMA", Column "E_COLUMN", Quote "E_QUOTE", Xml "E_XML",
    XmlDtd "E_XML_DTD", XmlLimit "E_XML_LIMIT", Total "E_TOTAL", Identity "E_IDENTITY",
    DupFile "E_DUP_FILE", Incomplete "E_INCOMPLETE", Claim "E_CLAIM", Io "E_IO",
    Row "E_ROW", DupKey "E_DUP_KEY",
    D01 "D01", D02 "D02", D03 "D03", D04 "D04", D05 "D05", D06 "D06", D07 "D07", D08 "D08",
    D09 "D09", D10 "D10", D12 "D12", D18 "D18", F07 "F07", F10 "F10", Rules "E_RULES",
    Result "E_RESULT", R01 "R01", R02 "R02", R03 "R03", R04 "R04", R05 "R05", R06 "R06",
    R07 "R07", R08 "R08", R99 "R99", D13 "D13", D14 "D14", D19 "D19", D21 "D21",
    D15 "D15", D16 "D16", D30 "D30", D31 "D31",
    D22 "D22", D23 "D23", D24 "D24", D25 "D25", D26 "D26", D27 "D27", D28 "D28", D29 "D29",
    R09 "R09", R10 "R10", D32 "D32", D33 "D33",
    K01 "K01", K02 "K02", K03 "K03", K04 "K04", K05 "K05", K06 "K06", K07 "K07",
    D34 "D34", Authority "E_AUTHORITY", K08 "K08", Bounce "E_BOUNCE", K09 "K09", K10 "K10",
    F01 "F01", F02 "F02", F03 "F03", F04 "F04", F05 "F05", F06 "F06", F08 "F08", F09 "F09",
    F11 "F11", C01 "C01", C02 "C02", C05 "C05", Image "E_IMAGE", PdfEnc "E_PDF_ENC",
    Formula "E_FORMULA", Manifest "E_MANIFEST", Seq "E_SEQ", Owner "E_OWNER", D11 "D11",
    Book "E_BOOK", Poison "E_POISON", Virus "E_AV", DupWay "E_DUP_WAY", Pages "E_PAGES",
    P01 "P01", P02 "P02", P03 "P03", P04 "P04", P05 "P05", Pair "E_PAIR", D35 "D35",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_headed_by_its_own_code_and_has_all_its_parts() {
        for code in Code::ALL {
            let page = page(*code);
            assert!(page.starts_with(&format!("# {code} ")), "{code}");
            for part in ["## 何が起きたか", "## よくある原因", "## どう直すか", "## What happened"]
            {
                assert!(page.contains(part), "{code} lacks {part}");
            }
        }
    }
}
