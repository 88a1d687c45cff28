//! `kessai notice NUMBER`: whether, when and to whom a notice went.

use crate::service::Desk;

use super::commands::{At, Io, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::World;

/// Arguments of `kessai notice`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// お知らせ番号（メールの末尾、例 48213-2-8） / the number at the end of a mail
    number: String,
    #[command(flatten)]
    at: At,
}

/// Runs `kessai notice`.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    put(&args.at, world, &Request::Notice { number: args.number.clone() }, io)
}

/// Answers what is asked, a fact a line.
pub(super) fn execute(desk: &Desk, number: &str) -> Response {
    let Some(told) = desk.notice_asked(number, None) else {
        let text = format!(
            "お知らせ番号「{number}」のお知らせは見つかりません。番号の打ち間違いか、13か月より前のものです。"
        );
        return Response::refused(&text, "no notice of the last thirteen months has this number");
    };
    let mut facts = vec![
        ("お知らせ番号", told.number),
        ("お知らせ", told.title.to_owned()),
        ("あて先", told.to),
        ("受付・申請番号", told.about),
        ("決まった日時", told.owed.japanese()),
        ("いまの状態", told.state),
        ("送り先", told.way),
        ("理由", told.why),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    let line = |(name, value): (&str, String)| format!("{name}: {value}\n");
    Response::out(facts.into_iter().map(line).collect())
}
