//! What may be asked of a case, the facts it is judged by, and why it may be refused.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{BankCalendar, Digest, Person, Timestamp, UserId};

use super::expr::Value;
use super::{ApprovalDeadline, Arrival, Carving, Deed, Definition, Status, VoteKind};

/// Something asked of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Names the command; the same one again changes nothing.
    pub id: CommandId,
    /// What is asked.
    pub action: Action,
}

/// The name of a command: the first eight bytes of a SHA-256 over what makes it unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CommandId(u64);

impl CommandId {
    /// The id of a command described by `text`, e.g. a form's one-time number.
    pub fn of(text: &str) -> Self {
        let digest = Digest::of(text.as_bytes());
        Self(digest.as_bytes().iter().take(8).fold(0, |id, byte| id << 8 | u64::from(*byte)))
    }
}

/// What is asked of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Enter the first step; asked once, when the case is opened.
    Open {
        /// What was read from the rows, as far as the definition asks for it; see `GATHERED`.
        gathered: Vec<(String, Value)>,
    },
    /// A person's decision.
    Vote {
        /// What they decide.
        kind: VoteKind,
        /// The digest of what they saw.
        digest: Digest,
        /// The task version of the page they saw.
        task_version: u32,
        /// When the page was shown, where that is known.
        shown_at: Option<Timestamp>,
        /// Why; required unless they approve.
        reason: String,
        /// Where a return goes, as the flow names it; none takes the flow's first choice.
        back_to: Option<String>,
        /// What was filled in, by field; only where the step asks for it.
        entry: Vec<(String, String)>,
        /// Which way it came.
        way: Way,
    },
    /// A person does something besides deciding.
    Do {
        /// What.
        deed: Deed,
        /// Why, or what they tell.
        text: String,
    },
    /// Something came that the case may be waiting for.
    Arrive {
        /// Whether it was good.
        outcome: Arrival,
        /// The step it is for, by its id.
        step: String,
        /// What was told with it.
        note: String,
    },
    /// Lines of a batch become cases of their own (切離し).
    Carve(Carving),
    /// People are no longer what they were: those who may newly fill an open seat are told.
    PeopleChanged {
        /// Everybody at the submitter's and the desk's organisation as it was.
        before: Vec<Person>,
    },
    /// Go on by another definition: the one `decide` is called with.
    Migrate {
        /// The definition the case runs by.
        from: Arc<Definition>,
        /// Steps that have another name there: old and new.
        map: Vec<(String, String)>,
        /// What the other definition asks of the rows and the case did not keep.
        gathered: Vec<(String, Value)>,
        /// Who moves it.
        by: Vec<UserId>,
    },
    /// Time has passed: look at deadlines and at seats nobody could fill.
    Tick,
}

/// Which way a person's decision comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Way {
    /// By the person themselves, with their approval password.
    #[default]
    Screen,
    /// From an 承認作業票 they stamped, as two officers read it.
    Paper,
}

/// What the service read before asking; nothing else influences a decision.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The moment of the command.
    pub now: Timestamp,
    /// Who acts; nobody for `Open` and `Tick`.
    pub actor: Option<&'a Person>,
    /// Everybody at the submitter's and the desk's organisation.
    pub people: &'a [Person],
    /// The bank's calendar.
    pub calendar: &'a BankCalendar,
    /// The time of day of the approval deadline.
    pub deadline: ApprovalDeadline,
    /// What the content is now.
    pub digest: Digest,
}

/// Why the procedure forbids what was asked. Nothing is stored but the attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The case does not wait for a decision any more.
    #[error("the case is not waiting for a decision; it is {}", .0.name())]
    NotWaiting(Status),
    /// The person holds no role that may fill an open seat.
    #[error("no open seat of this step is yours")]
    NotYourSeat,
    /// The person submitted the file.
    #[error("you submitted this file; somebody else must decide")]
    OwnSubmission,
    /// The person keyed it in from the paper.
    #[error("you keyed this in from the paper; somebody else must decide")]
    OwnKeying,
    /// The person has already filled a seat of this case.
    #[error("you have already decided on this case; a second person must decide")]
    AlreadyDecided,
    /// What the person saw is not what there is now.
    #[error("the content has changed since the page was shown")]
    ContentChanged,
    /// The approval deadline (承認期限) has passed; only return and reject work.
    #[error("the approval deadline {deadline} has passed; return or reject the case")]
    DeadlinePassed {
        /// The deadline that has passed.
        deadline: Timestamp,
    },
    /// The due dates are no longer far enough away.
    #[error("the due dates were far enough away until {last_day} only; return or reject the case")]
    TooCloseToDueDate {
        /// The last day on which they were.
        last_day: crate::domain::Date,
    },
    /// Something other than an approval without a reason.
    #[error("this needs a reason")]
    ReasonMissing,
    /// The seat was handed to one person.
    #[error("the open seat was handed to {0}")]
    AssignedTo(UserId),
    /// The flow knows no such place to send the case back to.
    #[error("the case cannot be sent back to `{0}`")]
    NoSuchTarget(String),
    /// The case went back and forth too often.
    #[error("the case was sent back {0} times; reject it instead")]
    TooManyRounds(u8),
    /// Only the submitter's people may do this.
    #[error("only people of the organisation that submitted may do this")]
    NotTheSubmitter,
    /// Somebody has decided already.
    #[error("it is too late to take the case back; ask the desk to return it")]
    TooLateToWithdraw,
    /// Nothing was decided in place of others that this person is to review.
    #[error("there is nothing for you to review in this case")]
    NothingToReview,
    /// The person named cannot fill the open seat.
    #[error("{0} cannot fill the open seat")]
    CannotFill(UserId),
    /// Fields of a form are missing or cannot be read.
    #[error("these fields are missing or cannot be read: {}", .0.join(", "))]
    FormMistakes(Vec<String>),
    /// Lines cannot be carved out here, or not for this.
    #[error("single lines can be returned, rejected or held only where the flow splits batches")]
    NoSplit,
    /// The batch has no such line (any more).
    #[error("record {0} is not part of this case")]
    NoSuchRow(u32),
    /// Nothing of the batch would be left.
    #[error("no line would be left; decide on the whole case instead")]
    NothingLeft,
    /// Something was sent on already; only the definition it began with knows what is left.
    #[error("something of the case was sent on already")]
    AlreadySent,
    /// The step takes no decision on paper.
    #[error("the flow takes no decision on paper at this step")]
    NotOnPaper,
    /// Under the other definition nothing would be left to approve; a person must end a case.
    #[error("by the other definition the case would end without a person's decision")]
    WouldEnd,
}

impl Refusal {
    /// The same in plain Japanese, with what to do.
    pub fn japanese(&self) -> String {
        match self {
            Self::NotWaiting(status) => format!(
                "この案件はすでに「{}」です。ここでの操作は必要ありません。",
                status.japanese()
            ),
            Self::NotYourSeat => "いま開いている承認欄を担当する権限がありません。\
                                  担当の方にご依頼ください。"
                .to_owned(),
            Self::OwnSubmission => {
                "ご自身が提出したファイルは承認できません。別の方が承認してください。".to_owned()
            }
            Self::OwnKeying => {
                "ご自身が入力した書面は承認できません。別の方が承認してください。".to_owned()
            }
            Self::AlreadyDecided => {
                "この案件にはすでに判断済みです。二人目は別の方が判断してください。".to_owned()
            }
            Self::ContentChanged => "画面を表示した後に内容が変わりました。\
                                     いまの内容をもう一度ご確認ください。"
                .to_owned(),
            Self::DeadlinePassed { deadline } => format!(
                "承認期限（{}）を過ぎました。承認はできません。差戻しか否認をお選びください。",
                deadline.japanese()
            ),
            Self::TooCloseToDueDate { last_day } => format!(
                "支払期日までの営業日が足りません（承認できたのは{}まで）。\
                 差戻しか否認をお選びください。",
                last_day.japanese()
            ),
            Self::ReasonMissing => "理由を入力してください。".to_owned(),
            Self::AssignedTo(user) => format!("この承認欄は {user} の方に割り当てられています。"),
            Self::NoSuchTarget(target) => {
                format!("差戻し先「{target}」は選べません。画面の選択肢からお選びください。")
            }
            Self::TooManyRounds(rounds) => {
                format!(
                    "差戻しが{rounds}回に達しました。これ以上は差し戻せません。否認をお選びください。"
                )
            }
            Self::NotTheSubmitter => "提出した側の方だけが操作できます。".to_owned(),
            Self::TooLateToWithdraw => {
                "すでに承認が始まっているため、引戻しはできません。取扱店に差戻しをご依頼ください。"
                    .to_owned()
            }
            Self::FormMistakes(fields) => {
                format!("入力をご確認ください: {}", fields.join("、"))
            }
            Self::NoSplit => "明細を選んでの差戻し・否認・保留は、この段階ではできません。\
                              明細番号を空欄にして、全体について判断してください。"
                .to_owned(),
            Self::NoSuchRow(row) => {
                format!("明細{row}番はこの案件にありません。番号をもう一度ご確認ください。")
            }
            Self::NothingLeft => "すべての明細が対象になります。\
                                  明細番号を空欄にして、全体について判断してください。"
                .to_owned(),
            Self::NothingToReview => "この案件に、あなたの後閲を待つ代決はありません。".to_owned(),
            Self::AlreadySent => "すでに送り出した内容があるため、定義を変えられません。".to_owned(),
            Self::NotOnPaper => {
                "この段階は、紙では決裁できません。画面で決裁してください。".to_owned()
            }
            Self::WouldEnd => {
                "新しい定義では、だれの判断も待たずに終わってしまいます。いまの定義のまま進めてください。"
                    .to_owned()
            }
            Self::CannotFill(user) => {
                format!("{user} の方はいま開いている承認欄を担当できません。")
            }
        }
    }
}
