//! The ご案内状 a branch hands to a new customer.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::save::{About, save};
use super::table::{Entry, figures, grid};
use crate::domain::fees::ContractKind;
use crate::domain::{Account, Digest, YenTotal, mask};
use crate::render::Error;
use crate::render::view::WelcomeView;
use crate::render::words::Words;

/// The ご案内状（利用開始のお知らせ） of a contract.
pub fn welcome(view: &WelcomeView, words: &Words) -> Result<Pdf, Error> {
    let title = words.get("welcome.title");
    let number = format!("{} {}", words.get("welcome.number"), view.case);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    let digest = digest(view);
    let check = words.fill("common.check_number", &[("short", &digest.short())]);
    flow.opening(&view.customer.name, words.get("welcome.lead"), &check);
    let customer = &view.customer;
    figures(
        &mut flow,
        &[
            (words.get("welcome.user"), customer.user.to_string(), Ink::Navy),
            (words.get("welcome.contract"), customer.contract.japanese().to_owned(), Ink::Black),
            (words.get("welcome.first_debit"), view.first_debit.japanese(), Ink::Black),
        ],
    );
    grid(&mut flow, &entries(view, words));
    let max = YenTotal::new(ContractKind::LIGHT_MAX).to_string();
    let light = (customer.contract == ContractKind::Light).then_some("welcome.begin_light");
    let begin = ["welcome.begin_number", "welcome.begin_mail", "welcome.begin_fees"];
    said(&mut flow, "welcome.heading_begin", begin.into_iter().chain(light), &[("max", &max)]);
    let using = ["welcome.use_bills", "welcome.use_paper", "welcome.use_deadline"];
    said(&mut flow, "welcome.heading_use", using.into_iter(), &[]);
    let desk = &view.desk;
    let facts = [("branch", &*desk.branch), ("phone", &*desk.phone), ("hours", &*desk.hours)];
    said(&mut flow, "welcome.heading_question", ["welcome.question"].into_iter(), &facts);
    let (sheets, used) = flow.finish();
    let about = About {
        title: format!("{title} {}", view.case),
        author: desk.institution.clone(),
        made: view.made,
        qr: format!("{} {}", view.case, digest.short().to_uppercase()),
    };
    save(sheets, used, &about)
}

/// What the letter says, for its check number.
fn digest(view: &WelcomeView) -> Digest {
    let lines = view.customer.lines().into_iter().map(|(label, value)| format!("{label} {value}"));
    let lines: Vec<String> = lines.collect();
    let text = format!("{} {} {}", view.customer.user, view.first_debit, lines.join(" "));
    Digest::of(text.as_bytes())
}

fn entries<'a>(view: &WelcomeView, words: &'a Words) -> Vec<Entry<'a>> {
    let customer = &view.customer;
    let accounts = customer.accounts.iter().map(shown).collect::<Vec<_>>().join("、");
    let none = || words.get("common.none").to_owned();
    let pays = customer.fee_account.as_ref().map_or_else(none, shown);
    let permits = customer.permits.as_ref().map_or_else(none, |all| {
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join("、")
    });
    vec![
        Entry::Half(words.get("welcome.applied"), customer.applied.wareki()),
        Entry::Half(words.get("welcome.permits"), permits),
        Entry::Whole(words.get("welcome.email"), customer.email.clone()),
        Entry::Whole(words.get("welcome.account"), accounts),
        Entry::Whole(words.get("welcome.fee_account"), pays),
    ]
}

/// An account as it may be printed.
fn shown(account: &Account) -> String {
    let Account { bank, branch, kind, number } = account;
    format!("{bank}-{branch} {} {}", kind.japanese(), mask(number.as_str()))
}

fn said(
    flow: &mut Flow<'_>,
    heading: &'static str,
    keys: impl Iterator<Item = &'static str>,
    facts: &[(&str, &str)],
) {
    flow.heading(heading, 12_000);
    for key in keys {
        let sentence = flow.words.fill(key, facts);
        flow.paragraph(Style::regular(90, Ink::Black), &sentence);
    }
    flow.y += 2_500;
}
