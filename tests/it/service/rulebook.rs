//! The rules a branch of the tests works by: the shipped ones, as far as they are sent on.

use std::collections::BTreeMap;
use std::sync::Arc;

use kessai::domain::BankCalendar;
use kessai::domain::rules::RuleSettings;
use kessai::render::mail::{Sender, Templates};
use kessai::render::view::{self, Environment};
use kessai::render::words::Words;
use kessai::service::{Answers, Flow, Publishing, Rulebook};
use kessai::workflow::{ApprovalDeadline, Channel, Schedule, load_definition, load_directory};

use super::branch::Setup;
use crate::story::submitter;

pub(super) const ACCRUAL: &str = include_str!("../data/flows/sent.yaml");
const ASSIGNMENT: &str = include_str!("../data/flows/sent_assignment.yaml");
const PAPER: &str = include_str!("../data/flows/sent_paper.yaml");

pub(super) fn rulebook(setup: Setup) -> Rulebook {
    rulebook_with(setup, ACCRUAL)
}

/// The rules with another flow for accruals.
pub(super) fn rulebook_with(setup: Setup, accrual: &str) -> Rulebook {
    let flows = [accrual, ASSIGNMENT, PAPER];
    let flows: BTreeMap<String, Vec<Flow>> = flows
        .into_iter()
        .map(|text| {
            // Without a line of its own the flow is the shipped one, to the letter.
            let text = match setup.desk_line {
                "" => text.to_owned(),
                line => {
                    let ends = [
                        "    overdue: hold ",
                        "    overdue: hold\n    return_to: {targets: [close, c",
                    ];
                    let more = |text: String, end| text.replace(end, &format!("    {line}\n{end}"));
                    ends.into_iter().fold(text.to_owned(), more)
                }
            };
            let definition = Arc::new(load_definition("flow.yaml", &text).unwrap());
            (definition.id.clone(), vec![Flow { definition, text }])
        })
        .collect();
    let channel = include_str!("../../../workflows/channels/customers.yaml")
        .replace("accept: file", &format!("accept: {}", setup.accept))
        .replace("antivirus: off", &format!("antivirus: {}", setup.antivirus))
        .replace("unit: file}", &format!("unit: {}}}", setup.unit));
    let known = kessai::domain::RequestKind::ALL.map(kessai::domain::RequestKind::name);
    let known = [&["accrual", "paper"], known.as_slice()].concat();
    let channel = Channel::load("customers.yaml", "customers", &channel, &known).unwrap();
    Rulebook {
        fees: crate::story::fee_rules(),
        profiles: crate::story::profiles(),
        transfers: crate::story::transfers(),
        requests: kessai::formats::densai::RequestLayout::shipped().clone(),
        results: crate::densai::results(),
        directory: Arc::new(
            load_directory(
                setup.people.map(|text| ("people.csv", text)),
                setup.branches.map(|text| ("branches.csv", text)),
            )
            .unwrap(),
        ),
        schedules: setup
            .schedule
            .map(|text| Schedule::load("schedule.yaml", text).unwrap())
            .into_iter()
            .collect(),
        channels: [channel, crate::story::trials(), crate::story::papers(&known)]
            .map(|one| (one.name.clone(), one))
            .into(),
        flows,
        submitters: crate::story::trying(submitter(setup.pattern)),
        calendar: BankCalendar::japan(),
        rules: RuleSettings::default(),
        deadline: ApprovalDeadline::default(),
        passwords: kessai::service::Policy { shortest: 8, unguessed: false },
        answers: answers(),
        publishing: Publishing::default(),
    }
}

/// What answers look like.
fn answers() -> Answers {
    Answers {
        words: Words::embedded().clone(),
        forms: kessai::render::forms::Forms::embedded().clone(),
        reasons: kessai::render::reasons::Reasons::default(),
        mails: Templates::overlaid(&BTreeMap::new()).unwrap(),
        desk: view::Desk {
            institution: "米沢信用金庫".into(),
            branch: "本店営業部".into(),
            phone: "0238-00-0000".into(),
            hours: "平日 9:00～17:00".into(),
            environment: Environment::Production,
        },
        base_url: "http://127.0.0.1:8600".into(),
        certificate_url: String::new(),
        sender: Sender {
            name: "でんさい係".into(),
            address: "densai@example.jp".into(),
            test_to: None,
        },
        pages: BTreeMap::new(),
    }
}
