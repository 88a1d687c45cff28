//! The mail templates: built in, editable, checked before use.
//!
//! The first line of a template is `Subject: …`, the second is empty, the rest is the text.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::{Kind, Letter, Sender, one_line};
use crate::domain::{Date, Finding, Severity, Timestamp};
use crate::render::pdf::place;
use crate::render::view::Next;
use crate::render::words::Words;
use crate::render::{Error, Mistake};

const FOOTER: &str = "_footer";
/// Findings a mail writes out.
const FINDINGS_MAX: usize = 20;
/// Steps a template may take: a hundred times what ours need, an end for one that loops.
const FUEL: u64 = 100_000;
/// What a subject must not show: it is read on locked telephones and kept in logs of relays.
const NOT_IN_SUBJECT: [&str; 9] =
    ["total", "to_name", "link", "actor", "reason", "findings", "files", "items", "news"];

const EMBEDDED: [(&str, &str); 33] = [
    (FOOTER, include_str!("../../../templates/mail/_footer.txt")),
    ("accepted", include_str!("../../../templates/mail/accepted.txt")),
    ("approval_request", include_str!("../../../templates/mail/approval_request.txt")),
    ("consent_request", include_str!("../../../templates/mail/consent_request.txt")),
    ("other_side", include_str!("../../../templates/mail/other_side.txt")),
    ("approved", include_str!("../../../templates/mail/approved.txt")),
    ("held_duplicate", include_str!("../../../templates/mail/held_duplicate.txt")),
    ("rejected", include_str!("../../../templates/mail/rejected.txt")),
    ("rejected_file", include_str!("../../../templates/mail/rejected_file.txt")),
    ("returned", include_str!("../../../templates/mail/returned.txt")),
    ("sent_back", include_str!("../../../templates/mail/sent_back.txt")),
    ("withdrawn", include_str!("../../../templates/mail/withdrawn.txt")),
    ("reminder", include_str!("../../../templates/mail/reminder.txt")),
    ("escalation", include_str!("../../../templates/mail/escalation.txt")),
    ("consult", include_str!("../../../templates/mail/consult.txt")),
    ("carved_out", include_str!("../../../templates/mail/carved_out.txt")),
    ("post_review", include_str!("../../../templates/mail/post_review.txt")),
    ("bundle", include_str!("../../../templates/mail/bundle.txt")),
    ("absence", include_str!("../../../templates/mail/absence.txt")),
    ("proposal_request", include_str!("../../../templates/mail/proposal_request.txt")),
    ("recorded", include_str!("../../../templates/mail/recorded.txt")),
    ("errored", include_str!("../../../templates/mail/errored.txt")),
    ("proposal_notice", include_str!("../../../templates/mail/proposal_notice.txt")),
    ("due_reminder", include_str!("../../../templates/mail/due_reminder.txt")),
    ("contract_request", include_str!("../../../templates/mail/contract_request.txt")),
    ("contract_progress", include_str!("../../../templates/mail/contract_progress.txt")),
    ("contract_notice", include_str!("../../../templates/mail/contract_notice.txt")),
    ("settled", include_str!("../../../templates/mail/settled.txt")),
    ("security", include_str!("../../../templates/mail/security.txt")),
    ("decision", include_str!("../../../templates/mail/decision.txt")),
    ("sheets_missing", include_str!("../../../templates/mail/sheets_missing.txt")),
    ("tried", include_str!("../../../templates/mail/tried.txt")),
    ("fee_notice", include_str!("../../../templates/mail/fee_notice.txt")),
];

/// The templates of all mails, compiled.
///
/// Made by [`Templates::embedded`] and [`Templates::overlaid`].
pub struct Templates(Environment<'static>);

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Templates")
    }
}

impl Templates {
    /// The templates that are built in.
    pub fn embedded() -> &'static Self {
        static TEMPLATES: OnceLock<Templates> = OnceLock::new();
        #[expect(clippy::expect_used, reason = "a test checks the embedded templates")]
        TEMPLATES.get_or_init(|| {
            Self(environment(&BTreeMap::new()).expect("the embedded templates compile"))
        })
    }

    /// The built-in templates with those of `texts` (name without `.txt` → text) in their place.
    ///
    /// Errs with every mistake, see [`check`].
    pub fn overlaid(texts: &BTreeMap<String, String>) -> Result<Self, Vec<Mistake>> {
        let mistakes = check(texts);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        environment(texts).map(Self).map_err(|(name, error)| vec![mistake(&name, &error)])
    }

    /// Subject and text of a mail from `sender`, for whom `issuer` vouches.
    pub(super) fn render(
        &self,
        letter: &Letter,
        sender: &Sender,
        issuer: &str,
    ) -> Result<(String, String), Error> {
        let name = letter.kind.name();
        let failed = |cause| Error::Template { name: name.to_owned(), cause };
        let template = self.0.get_template(&file_name(name)).map_err(failed)?;
        let context = Context {
            sender: sender.address.clone(),
            issuer: one_line(issuer),
            ..Context::of(letter)
        };
        let text = template.render(Serde(context)).map_err(failed)?;
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let subject = first.strip_prefix("Subject:").unwrap_or(first).trim();
        let body = rest.strip_prefix('\n').unwrap_or(rest);
        Ok((subject.to_owned(), body.to_owned()))
    }
}

/// Every mistake in `texts` (name without `.txt` → text), each with file and line: unknown names,
/// broken syntax, values that do not exist, a missing subject, or a subject that tells too much.
pub fn check(texts: &BTreeMap<String, String>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let plain = |name: &str, line, text: &str| Mistake {
        file: shown_name(name),
        line,
        text: text.to_owned(),
    };
    for (name, text) in texts {
        if !EMBEDDED.iter().any(|(known, _)| known == name) {
            mistakes.push(plain(name, 0, "no mail has this name"));
        } else if let Err((_, error)) = environment(&BTreeMap::from([(name.clone(), text.clone())]))
        {
            mistakes.push(mistake(name, &error));
        } else if name != FOOTER {
            if !text.starts_with("Subject: ") {
                mistakes.push(plain(name, 1, "the first line must be `Subject: …`"));
            } else if text.lines().nth(1).is_some_and(|line| !line.is_empty()) {
                mistakes.push(plain(name, 2, "the second line must be empty"));
            }
            mistakes.extend(subject_mistake(name, text));
            let asks = [
                Kind::ApprovalRequest,
                Kind::Reminder,
                Kind::Escalation,
                Kind::PostReview,
                Kind::ProposalRequest,
                Kind::ContractRequest,
                Kind::ConsentRequest,
            ];
            if asks.iter().any(|kind| name == kind.name()) && !uses(text, "link") {
                mistakes.push(plain(name, 0, "an approval request must hold {{ link }}"));
            }
        }
    }
    let broken = |name: &str| mistakes.iter().any(|mistake| mistake.file == shown_name(name));
    let sound: BTreeMap<String, String> = texts
        .iter()
        .filter(|(name, _)| !broken(name))
        .map(|(name, text)| (name.clone(), text.clone()))
        .collect();
    mistakes.extend(trial(&sound));
    mistakes.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    mistakes
}

/// Whether the text shows the value `name`.
fn uses(text: &str, name: &str) -> bool {
    Environment::new()
        .template_from_str(text)
        .is_ok_and(|template| template.undeclared_variables(false).contains(name))
}

fn subject_mistake(name: &str, text: &str) -> Option<Mistake> {
    let subject = text.lines().next().unwrap_or_default();
    // Colleagues may read who is away and who decided in their place.
    let among_colleagues = [Kind::Absence, Kind::PostReview].iter().any(|kind| name == kind.name());
    let mut told = NOT_IN_SUBJECT.into_iter().filter(|word| uses(subject, word));
    let told = told.find(|word| !(among_colleagues && *word == "actor"))?;
    let text = format!("{told} must not stand in the subject");
    Some(Mistake { file: shown_name(name), line: 1, text })
}

/// Renders each mail once with everything set and once with as little as can be.
fn trial(texts: &BTreeMap<String, String>) -> Vec<Mistake> {
    let env = match environment(texts) {
        Ok(env) => env,
        Err((name, error)) => return vec![mistake(&name, &error)],
    };
    let mut mistakes = Vec::new();
    for kind in Kind::ALL {
        for context in
            [Context::full(), Context::default()].map(|context| Value::from(Serde(context)))
        {
            let template = env.get_template(&file_name(kind.name()));
            if let Err(error) = template.and_then(|template| template.render(&context)) {
                let found = mistake(kind.name(), &error);
                if !mistakes.contains(&found) {
                    mistakes.push(found);
                }
            }
        }
    }
    mistakes
}

fn environment(
    texts: &BTreeMap<String, String>,
) -> Result<Environment<'static>, (String, minijinja::Error)> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    if let Ok(syntax) = syntax.build() {
        env.set_syntax(syntax);
    }
    env.set_fuel(Some(FUEL));
    for (name, embedded) in EMBEDDED {
        let text = texts.get(name).cloned().unwrap_or_else(|| embedded.to_owned());
        env.add_template_owned(file_name(name), text.replace("\r\n", "\n"))
            .map_err(|error| (name.to_owned(), error))?;
    }
    Ok(env)
}

fn mistake(name: &str, error: &minijinja::Error) -> Mistake {
    let place = error.name().and_then(|file| file.strip_suffix(".txt")).unwrap_or(name);
    let line = error.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    Mistake { file: shown_name(place), line, text: format!("{}{detail}", error.kind()) }
}

fn file_name(name: &str) -> String {
    format!("{name}.txt")
}

fn shown_name(name: &str) -> String {
    format!("templates/mail/{name}.txt")
}

/// What a template sees. Everything is text; what does not apply is empty and counts as false.
#[derive(Debug, Default, Serialize)]
struct Context {
    to_name: String,
    user: String,
    receipt: String,
    case: String,
    file_name: String,
    summary: String,
    count: String,
    accepted: String,
    rejected: String,
    total: String,
    deadline: String,
    deadline_short: String,
    seat: String,
    link: String,
    actor: String,
    reason: String,
    days: String,
    first: String,
    next: &'static str,
    findings: Vec<FindingContext>,
    findings_count: usize,
    errors_count: usize,
    findings_more: usize,
    files: Vec<String>,
    rows: String,
    expected_fee: String,
    /// `yes`, or empty.
    on_paper: &'static str,
    news: String,
    fee_month: String,
    debit_day: String,
    notice: String,
    items: Vec<Self>,
    kind: &'static str,
    institution: String,
    branch: String,
    phone: String,
    hours: String,
    sender: String,
    issuer: String,
}

#[derive(Debug, Default, Serialize)]
struct FindingContext {
    severity: &'static str,
    code: &'static str,
    place: String,
    text: String,
}

impl Context {
    fn of(letter: &Letter) -> Self {
        let words = Words::embedded();
        let text = |number: u32| crate::domain::YenTotal::new(number.into()).to_string();
        let summary: Vec<String> = letter
            .kinds
            .iter()
            .map(|kind| format!("{} {}件", kind.kind.japanese(), text(kind.count)))
            .collect();
        // Errors first: what stops the file must not fall behind twenty warnings.
        let mut findings: Vec<_> =
            letter.findings.iter().filter(|finding| is_told(letter, finding)).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let fee = letter.fee.as_ref();
        let debit_day = fee.and_then(|fee| fee.debit_day);
        Self {
            to_name: one_line(&letter.to_name),
            user: one_line(&letter.user),
            receipt: letter.receipt.map(|receipt| receipt.to_string()).unwrap_or_default(),
            case: letter.case.map(|case| case.to_string()).unwrap_or_default(),
            file_name: one_line(&letter.file_name),
            summary: summary.join("、"),
            count: text(letter.count),
            accepted: text(letter.accepted),
            rejected: text(letter.rejected),
            total: letter.total.to_string(),
            deadline: letter.deadline.map(Timestamp::japanese).unwrap_or_default(),
            deadline_short: letter.deadline.map(short).unwrap_or_default(),
            seat: letter.seat.clone(),
            link: letter.link.clone(),
            actor: one_line(&letter.actor),
            reason: letter.reason.clone(),
            days: letter.days.clone(),
            first: letter.first.map(|first| first.to_string()).unwrap_or_default(),
            next: letter.next.as_ref().map_or("", next_name),
            findings_count: findings.len(),
            errors_count: findings.iter().filter(|f| f.severity == Severity::Error).count(),
            findings_more: findings.len().saturating_sub(FINDINGS_MAX),
            findings: findings
                .into_iter()
                .take(FINDINGS_MAX)
                .map(|finding| FindingContext {
                    severity: finding.severity.japanese(),
                    code: finding.code.as_str(),
                    place: place(words, finding),
                    text: finding.ja.clone(),
                })
                .collect(),
            files: letter.files.clone(),
            rows: letter.rows.clone(),
            expected_fee: letter.expected_fee.map(|yen| yen.to_string()).unwrap_or_default(),
            on_paper: if letter.on_paper { "yes" } else { "" },
            news: one_line(&letter.news),
            fee_month: fee.map(|fee| fee.month.japanese()).unwrap_or_default(),
            debit_day: debit_day.map(Date::japanese).unwrap_or_default(),
            notice: letter.notice.clone(),
            items: letter.items.iter().map(Self::of).collect(),
            kind: letter.kind.name(),
            institution: letter.desk.institution.clone(),
            branch: letter.desk.branch.clone(),
            phone: letter.desk.phone.clone(),
            hours: letter.desk.hours.clone(),
            ..Self::default()
        }
    }

    /// A context with something in every list, for the trial.
    fn full() -> Self {
        Self {
            user: "x".into(),
            deadline: "x".into(),
            deadline_short: "x".into(),
            next: "customer_approves",
            debit_day: "x".into(),
            expected_fee: "x".into(),
            on_paper: "yes",
            news: "x".into(),
            findings: vec![FindingContext::default()],
            findings_count: 1,
            findings_more: 1,
            files: vec!["x".into()],
            items: vec![Self { deadline: "x".into(), case: "x".into(), ..Self::default() }],
            ..Self::default()
        }
    }
}

/// Whether a finding stands in the letter: what is only worth knowing does not, but for what was
/// altered in a record that was taken in.
fn is_told(letter: &Letter, finding: &Finding) -> bool {
    let error = |one: &Finding| one.severity == Severity::Error;
    let refused = || letter.findings.iter().any(|one| one.record == finding.record && error(one));
    let altered = finding.alters() && letter.kind != Kind::RejectedFile && !refused();
    finding.severity > Severity::Info || altered
}

const fn next_name(next: &Next) -> &'static str {
    match next {
        Next::CustomerApproves => "customer_approves",
        Next::DeskApproves => "desk_approves",
        Next::SubmitterCorrects => "submitter_corrects",
        Next::Held(_) => "held",
    }
}

/// `12月3日 15:00`.
fn short(at: Timestamp) -> String {
    let (hour, minute) = at.hour_minute();
    format!("{}月{}日 {hour}:{minute:02}", at.date().month(), at.date().day())
}
