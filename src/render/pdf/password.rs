//! The 仮パスワードのお知らせ and the 受取番号のお知らせ a branch hands over in a closed envelope.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::save::{About, save};
use super::table::{Entry, figures, grid};
use crate::render::Error;
use crate::render::view::{HandedOut, PasswordView};
use crate::render::words::Words;

/// The 仮パスワードのお知らせ of somebody who is to choose passwords, or the 受取番号のお知らせ of
/// somebody whose certificate waits to be taken.
pub fn password(view: &PasswordView, words: &Words) -> Result<Pdf, Error> {
    let (of, secrets): (_, Vec<_>) = match &view.secrets {
        HandedOut::Passwords { login, approval, number } => {
            let both = [("password.login", login), ("password.approval", approval)];
            let number = number.iter().map(|number| ("pick_up.number", number));
            ("password", both.into_iter().chain(number).collect())
        }
        HandedOut::Number(number) => ("pick_up", vec![("pick_up.number", number)]),
    };
    let word = |key: &str| words.fill(&format!("{of}.{key}"), &[]);
    let title = word("title");
    let title = title.as_str();
    let number = format!("{} {}", words.get("label.case"), view.case);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    // Nothing of what it says is in the code: a paper lies about.
    flow.opening(&view.name, &word("lead"), "");
    let mut shown = Vec::new();
    for (key, secret) in secrets {
        shown.push((words.get(key), secret.clone(), Ink::Navy));
    }
    figures(&mut flow, &shown);
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
    for key in ["next_login", "next_choose", "next_rule", "next_shred"] {
        let sentence = words.fill(&format!("{of}.{key}"), &[("shortest", &shortest)]);
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
