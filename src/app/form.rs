//! `kessai form KIND`: a request on paper, blank or filled in from a case, to be printed, signed
//! and sealed.

use std::path::PathBuf;
use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::domain::{CaseId, FORM_SHEETS_MAX, FormSheets, RequestKind, UserNumber};
use crate::render::forms::Forms;
use crate::render::view::{Filled, FormView};
use crate::render::{names, pdf};
use crate::service::{Desk, FormError};

use super::commands::{At, Io};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response, ask};
use super::root::{Root, World};
use super::template::parse_kind;

/// Arguments of `kessai form`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 50 変更、80 開示、90 特定記録機関変更、fax FAX用の記録請求書 / a request kind, or fax
    #[arg(value_parser = parse_form)]
    kind: Sheet,
    #[command(flatten)]
    at: At,
    /// この案件の内容を記入する（なければ白紙） / filled in from this case; blank if not given
    #[arg(long)]
    case: Option<String>,
    /// 案件の明細番号（一件だけなら不要） / the line of the case, where it has several
    #[arg(long, requires = "case")]
    line: Option<u32>,
    /// FAX用の記録請求書を渡すお客様の利用者番号 / whom the form for the FAX is for
    #[arg(long, value_parser = parse_customer, required_if_eq("kind", "fax"))]
    customer: Option<UserNumber>,
    /// FAX用の記録請求書の枚数（一枚に2件まで。9枚まで） / sheets of the form for the FAX
    #[arg(long, value_parser = parse_sheets, default_value = "1")]
    sheets: FormSheets,
    /// 書き出すファイル（なければ今のフォルダに、種別か案件の名前で） / the PDF to write
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Which form.
#[derive(Debug, Clone, Copy)]
enum Sheet {
    /// One to sign, of a request kind.
    Kind(RequestKind),
    /// The request form for the FAX.
    Fax,
}

/// What is asked of the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    kind: RequestKind,
    case: String,
    line: Option<u32>,
}

/// Runs `kessai form`. A blank form needs no store.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let root = Root::new(&args.at.root);
    let kind = match (args.kind, args.customer) {
        (Sheet::Kind(kind), _) => kind,
        (Sheet::Fax, Some(customer)) => return fax(args, (&root, world), customer, io),
        (Sheet::Fax, None) => return Err(Error::Usage("--customer is missing".to_owned())),
    };
    let loaded = root.load()?;
    let line = args.line;
    let filled: Filled = match &args.case {
        None => Filled::default(),
        Some(case) => {
            let asked = Asked { kind, case: case.clone(), line };
            let Response { code, out, talk } = ask(&root, world, &Request::Form(asked))?;
            if !talk.is_empty() {
                io.talk.write_all(talk.as_bytes())?;
                return Ok(Outcome::of_code(code));
            }
            serde_json::from_str(&out).map_err(std::io::Error::from)?
        }
    };
    let answers = &loaded.rulebook.answers;
    let form = answers.forms.get(kind).ok_or_else(|| Error::Usage(no_form()))?;
    let path = args.out.clone().unwrap_or_else(|| name_of(kind, &filled).into());
    let view = FormView {
        desk: answers.desk.clone(),
        kind,
        made: world.clone().as_set(&loaded.settings).clock.now(),
        filled,
    };
    let pdf = pdf::form(&view, form, &answers.words)
        .map_err(|failed| Error::Usage(format!("cannot draw the form: {failed}")))?;
    std::fs::write(&path, pdf.bytes).map_err(|cause| Error::world("cannot write", &path, cause))?;
    writeln!(io.out, "{} に書き出しました。印刷してご署名・ご捺印ください。", path.display())?;
    Ok(Outcome::Well)
}

/// A request form for the FAX; its number is its own, so each is drawn anew.
fn fax(
    args: &Args,
    (root, world): (&Root, &World),
    customer: UserNumber,
    io: &mut Io<'_>,
) -> Result<Outcome, Error> {
    let Response { code, out, talk } =
        ask(root, world, &Request::FaxForm { customer, sheets: args.sheets })?;
    if !talk.is_empty() {
        io.talk.write_all(talk.as_bytes())?;
        return Ok(Outcome::of_code(code));
    }
    let bytes = STANDARD.decode(out.trim()).map_err(std::io::Error::other)?;
    let path = args.out.clone().unwrap_or_else(|| names::fax_form_pdf(customer).into());
    std::fs::write(&path, bytes).map_err(|cause| Error::world("cannot write", &path, cause))?;
    writeln!(io.out, "{} に書き出しました。印刷してお客様にお渡しください。", path.display())?;
    Ok(Outcome::Well)
}

/// The form as a PDF, in base64.
pub(super) fn execute_fax(desk: &Desk, customer: UserNumber, sheets: FormSheets) -> Response {
    match desk.request_form(customer, sheets).map(|view| pdf::request_form(&view)) {
        Some(Ok(pdf)) => Response::out(STANDARD.encode(pdf.bytes)),
        Some(Err(failed)) => Response::failed(&failed),
        None => Response::refused(
            &format!("利用者番号 {customer} のお客様は、利用者の台帳にありません。"),
            &format!("{customer} is not in the register of customers"),
        ),
    }
}

/// `<case>_<line>_form.pdf`, of a blank form `change_form.pdf`.
fn name_of(kind: RequestKind, filled: &Filled) -> String {
    let of = |name: &str| filled.values.get(name);
    let case = of("case").and_then(|case| CaseId::from_str(case).ok());
    let line = of("line").and_then(|line| line.parse().ok());
    match (case, line) {
        (Some(case), Some(line)) => names::form_pdf(case, line),
        _ => format!("{}_form.pdf", kind.name()),
    }
}

/// What a form is filled in with, as JSON.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    let Ok(case) = CaseId::from_str(&asked.case) else { return Response::unknown(&asked.case) };
    match desk.filled_form(asked.kind, case, asked.line) {
        Ok(filled) => Response::out(super::show::json(&filled)),
        Err(FormError::Unknown(case)) => Response::unknown(&case.to_string()),
        Err(ref failed @ FormError::Line { ref lines, .. }) => {
            let ja = format!("どの明細かを --line 番号 で書いてください。この案件の明細: {lines}");
            Response::refused(&ja, &failed.to_string())
        }
        Err(failed @ FormError::Answer(_)) => Response::failed(&failed),
    }
}

fn parse_form(text: &str) -> Result<Sheet, String> {
    if text == "fax" {
        return Ok(Sheet::Fax);
    }
    let kind = parse_kind(text)?;
    Forms::kinds().find(|known| *known == kind).map(Sheet::Kind).ok_or_else(no_form)
}

fn parse_sheets(text: &str) -> Result<FormSheets, String> {
    FormSheets::parse(text).ok_or_else(|| {
        format!("1 to {FORM_SHEETS_MAX} sheets / 枚数は1から{FORM_SHEETS_MAX}までです")
    })
}

fn parse_customer(text: &str) -> Result<UserNumber, String> {
    UserNumber::parse(text).map_err(|wrong| wrong.to_string())
}

fn no_form() -> String {
    let kinds: Vec<String> =
        Forms::kinds().map(|kind| format!("{} {}", kind.code(), kind.japanese())).collect();
    format!("there is no such form / 書面があるのは {}、fax です", kinds.join("、"))
}
