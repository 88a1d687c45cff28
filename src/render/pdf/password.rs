//! The 仮パスワードのお知らせ a branch hands over in a closed envelope.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::save::{About, save};
use super::table::{Entry, figures, grid};
use crate::render::Error;
use crate::render::view::PasswordView;
use crate::render::words::Words;

/// The 仮パスワードのお知らせ of somebody who is to choose passwords.
pub fn password(view: &PasswordView, words: &Words) -> Result<Pdf, Error> {
    let title = words.get("password.title");
    let number = format!("{} {}", words.get("label.case"), view.case);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    // Nothing of what it says is in the code: a paper lies about.
    flow.opening(&view.name, words.get("password.lead"), "");
    figures(
        &mut flow,
        &[
            (words.get("password.login"), view.login.clone(), Ink::Navy),
            (words.get("password.approval"), view.approval.clone(), Ink::Navy),
        ],
    );
    grid(
        &mut flow,
        &[
            Entry::Half(words.get("password.user"), view.user.to_string()),
            Entry::Half(words.get("password.until"), view.until.japanese()),
            Entry::Whole(words.get("password.pages"), view.pages.clone()),
        ],
    );
    flow.heading("password.heading_next", 12_000);
    let shortest = view.shortest.to_string();
    for key in
        ["password.next_login", "password.next_choose", "password.next_rule", "password.next_shred"]
    {
        let sentence = words.fill(key, &[("shortest", &shortest)]);
        flow.paragraph(Style::regular(90, Ink::Black), &sentence);
    }
    let (sheets, used) = flow.finish();
    let about = About {
        title: format!("{title} {}", view.case),
        author: view.desk.institution.clone(),
        made: view.made,
        qr: view.case.to_string(),
    };
    save(sheets, used, &about)
}
