//! Why something waits: its state, whose move it is, until when, what comes next, and whom to ask,
//! in one paragraph. The command and the pages say the same.

use super::view::Desk;
use crate::domain::{Code, HoldEnd, KeyingStage, ReceiptNo, Timestamp};

/// Something somebody asks about, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What people call it, e.g. `申請番号 20261201-000001-4.1（12月支払.csv、5件 18,770,000円）`.
    pub subject: String,
    /// Where it stands.
    pub state: State,
    /// By when the next move must be made; none where nothing presses.
    pub until: Option<Timestamp>,
    /// What comes after the next move; empty where nothing does.
    pub next: String,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A file is being checked.
    Checking,
    /// A file waits until the virus scanner can be asked.
    Unscreened,
    /// A scanned paper is being keyed in.
    Keying(KeyingStage),
    /// A scan of an 承認作業票 is being read: how many of its tasks still wait.
    OnPaper(usize),
    /// A file of keyed values waits for the picture of its name.
    NoPicture,
    /// Nothing of a file was taken in.
    Refused {
        /// How many records have an error.
        errors: u32,
        /// What was wrong with the file itself.
        flaw: Option<Code>,
    },
    /// A file was only tried out (導入テスト).
    Tried {
        /// How many records would be taken in.
        good: u32,
        /// How many would be given back.
        errors: u32,
    },
    /// A file is held as a duplicate of the first, or was until two people decided.
    Duplicate(ReceiptNo, Option<HoldEnd>),
    /// The pages of a call were brought together with others under this number.
    Joined(ReceiptNo),
    /// Waits for people: the seats that are open.
    People(Vec<Seats>),
    /// The same, past its deadline.
    Late(Vec<Seats>),
    /// Nobody can fill the open seat, or something unforeseen came.
    Stuck(String),
    /// Sent back: the submitter corrects it or takes it back.
    SentBack(String),
    /// Set aside by a person.
    Held(String),
    /// Waits for the answer of the clearing side.
    Clearing,
    /// Waits for a day, a message or a person who lets it go on: the step's name.
    Wait(String),
    /// It has ended: how, and why where somebody said so.
    Ended {
        /// E.g. 記録済み.
        how: &'static str,
        /// Why; empty where nobody said.
        why: String,
        /// When, where that is known.
        at: Option<Timestamp>,
    },
}

/// Open seats of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seats {
    /// Whose move: お客様, 取扱店 or 相手の方.
    pub place: &'static str,
    /// The step's name, e.g. 取扱店承認.
    pub step: String,
    /// The seats' names, e.g. 照査.
    pub seats: Vec<String>,
}

/// The paragraph; `now` tells what is left of the time.
pub fn paragraph(standing: &Standing, desk: &Desk, now: Timestamp) -> String {
    let Standing { subject, state, until, next } = standing;
    let until =
        until.map(|until| format!("期限は {} です{}。", until.japanese(), left(until, now)));
    let next = if next.is_empty() { String::new() } else { format!("この後は、{next}。") };
    let Desk { branch, phone, hours, .. } = desk;
    format!(
        "{subject}は、{}{}{next}お問い合わせは {branch}（電話 {phone}、{hours}）へお願いします。",
        sentence(state),
        until.unwrap_or_default()
    )
}

/// What is said of what nobody may see, or what there is not: the same.
pub fn unknown(asked: &str, desk: &Desk) -> String {
    let Desk { branch, phone, hours, .. } = desk;
    format!(
        "「{asked}」に当たるものは見つかりません。受付番号、ファイル名、利用者番号、請求者Ref.No. を\
         お確かめください。お問い合わせは {branch}（電話 {phone}、{hours}）へお願いします。"
    )
}

fn sentence(state: &State) -> String {
    let because =
        |why: &str| if why.is_empty() { String::new() } else { format!("（理由：{why}）") };
    match state {
        State::Checking => "受け付けて、内容を点検しています。お待ちください。".to_owned(),
        State::Unscreened => {
            "受け付けて、ウイルス検査を待っています。検査ができるようになれば自動で進みます。"
                .to_owned()
        }
        State::Keying(how_far) => format!(
            "書面を受け付けました。二人が別々に入力します（いま：{}）。画面「書面の入力」をご覧ください。",
            how_far.japanese()
        ),
        State::NoPicture => {
            "入力済みのファイルを受け付けました。同じ名前の画像が届くのを待っています。届かなければお返しします。"
                .to_owned()
        }
        State::OnPaper(0) => {
            "承認作業票の画像で、入力と確認は終わっています。結果は、それぞれの案件をご覧ください。"
                .to_owned()
        }
        State::OnPaper(open) => format!(
            "承認作業票の画像を受け付けました。{open}件の決裁の入力と確認を待っています。画面「紙の決裁」を\
             ご覧ください。"
        ),
        State::Refused { flaw: Some(flaw), .. } => {
            format!(
                "受け付けられませんでした（{flaw}）。結果ファイルの直し方をご覧になり、もう一度お出しください。"
            )
        }
        State::Refused { errors, flaw: None } => format!(
            "{errors}件の誤りがあり、受け付けられませんでした。結果ファイルの直し方をご覧になり、もう一度お出しください。"
        ),
        State::Tried { good, errors } => format!(
            "導入テストです。受け付けられるものは{good}件、お返しするものは{errors}件で、受け付けてはいません。"
        ),
        State::Duplicate(same, end) => duplicate(*same, *end),
        State::Joined(to) => {
            format!(
                "届いたものは、受付番号 {to} の書面にまとめました。その番号でお尋ねください。"
            )
        }
        State::People(open) => format!("{}の承認を待っています。", seats(open)),
        State::Late(open) => {
            format!("承認の期限を過ぎました。{}が差戻しか否認をするのを待っています。", seats(open))
        }
        State::Stuck(step) => {
            format!(
                "「{step}」を進められる人がいないため、止まっています。取扱店の管理者の対応が要ります。"
            )
        }
        State::SentBack(why) => {
            format!(
                "お客様に差し戻しています{}。直して再提出するか、引き戻してください。",
                because(why)
            )
        }
        State::Held(why) => format!("取扱店で保留にしています{}。", because(why)),
        State::Clearing => {
            "承認が終わり、記録機関へ送りました。記録の結果を待っています。".to_owned()
        }
        State::Wait(step) => format!("「{step}」を待っています。"),
        State::Ended { how, why, at } => {
            let at = at.map(|at| format!("{} に", at.japanese())).unwrap_or_default();
            format!("{at}終わっています：{how}{}。", because(why))
        }
    }
}

/// Of a file that was held because it came before.
fn duplicate(same: ReceiptNo, end: Option<HoldEnd>) -> String {
    match end {
        None => format!(
            "受付番号 {same} と同じ内容なので、保留しています。別の請求なら、取扱店にお知らせください。"
        ),
        Some(HoldEnd::Released(taken)) => format!(
            "受付番号 {same} と同じ内容でしたが、別の請求として受付番号 {taken} で受け付けました。"
        ),
        Some(HoldEnd::Closed) => {
            format!("受付番号 {same} と同じ請求と確かめ、受け付けていません。")
        }
    }
}

/// `取扱店（取扱店承認の照査・決裁）と相手の方（…）`.
fn seats(open: &[Seats]) -> String {
    let one = |open: &Seats| format!("{}（{}の{}）", open.place, open.step, open.seats.join("・"));
    open.iter().map(one).collect::<Vec<_>>().join("と")
}

fn left(until: Timestamp, now: Timestamp) -> String {
    let minutes = until.ms().saturating_sub(now.ms()) / 60_000;
    match minutes {
        ..0 => "（過ぎています）".to_owned(),
        0..60 => format!("（あと{minutes}分）"),
        60..1_440 => format!("（あと{}時間{}分）", minutes / 60, minutes % 60),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Date;
    use crate::render::view::Environment;

    fn at(hour: u32, minute: u32) -> Timestamp {
        Timestamp::tokyo(Date::new(2026, 12, 1).unwrap(), hour, minute)
    }

    fn said(state: State, until: Option<Timestamp>, next: &str) -> String {
        let desk = Desk {
            institution: "見本信用金庫".into(),
            branch: "本店営業部".into(),
            phone: "000-000-0000".into(),
            hours: "平日 9:00～17:00".into(),
            environment: Environment::Production,
        };
        let standing =
            Standing { subject: "申請番号 X".into(), state, until, next: next.into() };
        paragraph(&standing, &desk, at(13, 30))
    }

    fn open() -> Vec<Seats> {
        let seats = vec!["照査".to_owned(), "決裁".to_owned()];
        vec![Seats { place: "取扱店", step: "取扱店承認".into(), seats }]
    }

    #[test]
    fn every_state_says_whose_move_it_is_and_whom_to_ask() {
        let states = [
            (State::Checking, "点検しています"),
            (State::Keying(KeyingStage::Second), "いま：照合入力待ち"),
            (State::OnPaper(2), "2件の決裁の入力と確認を待っています"),
            (State::OnPaper(0), "入力と確認は終わっています"),
            (State::Refused { errors: 3, flaw: None }, "3件の誤り"),
            (
                State::Refused { errors: 0, flaw: Some(Code::Size) },
                "受け付けられませんでした（E_SIZE）",
            ),
            (State::Tried { good: 2, errors: 1 }, "受け付けてはいません"),
            (
                State::Joined("20261201-000001-4".parse().unwrap()),
                "受付番号 20261201-000001-4 の書面にまとめました",
            ),
            (State::People(open()), "取扱店（取扱店承認の照査・決裁）の承認を待っています"),
            (State::Late(open()), "差戻しか否認をするのを待っています"),
            (State::Stuck("取扱店承認".into()), "「取扱店承認」を進められる人がいない"),
            (State::SentBack("金額".into()), "差し戻しています（理由：金額）"),
            (State::Held(String::new()), "保留にしています。"),
            (State::Clearing, "記録の結果を待っています"),
            (State::Wait("相手の承諾".into()), "「相手の承諾」を待っています"),
            (
                State::Ended { how: "記録済み", why: String::new(), at: Some(at(9, 0)) },
                "2026年12月1日 9:00 に終わっています：記録済み。",
            ),
        ];
        for (state, shown) in states {
            let text = said(state, None, "");
            assert!(text.contains(shown), "{shown}: {text}");
            assert!(
                text.ends_with("本店営業部（電話 000-000-0000、平日 9:00～17:00）へお願いします。")
            );
            assert!(!text.contains("期限") || text.contains("過ぎました"), "{text}");
        }
    }

    #[test]
    fn the_deadline_says_what_is_left_and_what_comes_next() {
        let text = said(State::People(open()), Some(at(15, 0)), "記録機関へ送ります");
        assert!(text.contains("期限は 2026年12月1日 15:00 です（あと1時間30分）。"), "{text}");
        assert!(text.contains("この後は、記録機関へ送ります。"), "{text}");
        let late = said(State::Late(open()), Some(at(9, 0)), "");
        assert!(late.contains("（過ぎています）"), "{late}");
        assert!(said(State::Checking, Some(at(13, 45)), "").contains("（あと15分）"));
    }
}
