//! Made-up files, cases and people that the tests and the bench print.

use kessai::domain::fees::{
    Contract, ContractKind, FeeKind, Month, Relation, Use, bill, charges, debit_day,
};
use kessai::domain::{
    Account, AccountNumber, AccountType, AssignmentRestriction, BankCalendar, BankCode, BranchCode,
    CaseId, Code, Date, Digest, Field, Finding, Guarantee, JournalHead, Origin, Party, ReceiptNo,
    RecordNumber, RecordRequest, RequestKind, Severity, Timestamp, UserNumber, Yen, YenTotal,
};
use kessai::formats::{SHIPPED_FEES, read_fees};
use kessai::render::daily::{
    DailyReportView, DueItem, Figure, Figures, FileFigures, IncidentItem, IncidentKind,
    KindFigures, UnkeptView, Urgency,
};
use kessai::render::draw::{Kind, Node, Route, State};
use kessai::render::view::{
    Act, ActView, Desk, Environment, FeeStatementView, FileView, Filled, FormParty, FormView,
    KindTotal, News, Next, NoticeLine, NoticeView, Outcome, ReceiptView, RowView, SlipView,
    Verdict, WelcomeView,
};

pub(crate) fn desk() -> Desk {
    Desk {
        institution: "米沢信用金庫".into(),
        branch: "本店営業部".into(),
        phone: "0238-00-0000".into(),
        hours: "平日 9:00～17:00".into(),
        environment: Environment::Production,
    }
}

pub(crate) fn receipt_no() -> ReceiptNo {
    ReceiptNo::new(Date::new(2026, 12, 1).unwrap(), 123).unwrap()
}

pub(crate) fn case() -> CaseId {
    CaseId { receipt: receipt_no(), n: 1, row: None }
}

pub(crate) fn at(hour: u32, minute: u32) -> Timestamp {
    Timestamp::tokyo(Date::new(2026, 12, 1).unwrap(), hour, minute)
}

pub(crate) fn request(record: u32) -> RecordRequest {
    let party = |user: &str, number: &str| Party {
        user_number: UserNumber::parse(user).unwrap(),
        account: Account {
            bank: BankCode::parse("1356").unwrap(),
            branch: BranchCode::parse("001").unwrap(),
            kind: AccountType::Current,
            number: AccountNumber::parse(number).unwrap(),
        },
    };
    let names = ["ｶ)ﾀｶｻｷｾｲｻｸｼﾞﾖ", "ﾔﾏﾀﾞｺｳﾑﾃﾝ(ｶ", "ﾕ)ﾖﾈｻﾞﾜｼﾖｳｼﾞ", "ｶ)ｻｲﾄｳﾃﾞﾝｷ"];
    let name = names[usize::try_from(record).unwrap() % names.len()];
    RecordRequest {
        kind: RequestKind::AccrualDebtor,
        record_number: None,
        record_date: Date::new(2026, 12, 3).unwrap(),
        requester: party("1AB2CD3EF", "0012345"),
        counterparty: party("9XY8WV7UT", "7654321"),
        counterparty_name_kana: name.into(),
        amount: Some(Yen::new(u64::from(record) * 111_111 + 1_000_000).unwrap()),
        due_date: Some(Date::new(2027, 3, 31).unwrap()),
        requester_ref: format!("INV-{record:05}"),
        assignment_restricted: AssignmentRestriction::Free,
        guarantee: Guarantee::With,
        comment: String::new(),
    }
}

pub(crate) fn rows(count: u32) -> Vec<RowView> {
    (1..=count)
        .map(|record| RowView {
            record,
            line: record + 1,
            verdict: Verdict::Accepted,
            reference: format!("INV-{record:05}"),
            case: Some(case()),
            request: Some(request(record)),
        })
        .collect()
}

pub(crate) fn file(records: u32) -> FileView {
    let total = rows(records).iter().fold(YenTotal::default(), |total, row| {
        total.plus(row.request.as_ref().and_then(|request| request.amount))
    });
    FileView {
        is_trial: false,
        readers: Vec::new(),
        came: None,
        is_counter: false,
        receipt: receipt_no(),
        received: at(9, 15),
        channel: "お客様フォルダー".into(),
        submitter: "株式会社 髙﨑製作所".into(),
        submitter_id: "1AB2CD3EF".into(),
        requesters: None,
        name: "12月分 発生記録（本社）.csv".into(),
        digest: Digest::of(b"sample"),
        records,
        accepted: records,
        rejected: 0,
        total,
    }
}

pub(crate) fn warning() -> Finding {
    Finding {
        record: 2,
        line: 3,
        column: 11,
        bytes: None,
        reference: None,
        field: Some(Field::CounterpartyBankCode),
        code: Code::D09,
        severity: Severity::Warning,
        value: "*56".into(),
        ja: "銀行番号は4桁です。先頭の0が落ちていたので「0156」として受け付けました。".into(),
        en: "a bank code has four digits; read as 0156".into(),
    }
}

pub(crate) fn error() -> Finding {
    Finding {
        record: 3,
        line: 4,
        column: 16,
        bytes: None,
        reference: None,
        field: Some(Field::DueDate),
        code: Code::D07,
        severity: Severity::Error,
        value: "2026-12-05".into(),
        ja: "支払期日は記録請求日の7銀行営業日後以降にしてください。2026-12-14以降が使えます。"
            .into(),
        en: "the due date is under seven bank days ahead".into(),
    }
}

pub(crate) fn slip(count: u32) -> SlipView {
    SlipView {
        desk: desk(),
        file: file(count),
        rows: rows(count),
        findings: if count > 1 { vec![warning()] } else { Vec::new() },
        deadline: Some(Timestamp::tokyo(Date::new(2026, 12, 3).unwrap(), 15, 0)),
        next: Next::CustomerApproves,
    }
}

pub(crate) fn rejected_slip() -> SlipView {
    let mut view = slip(4);
    view.findings = vec![error(), warning(), error()];
    view.next = Next::SubmitterCorrects;
    view.deadline = None;
    (view.file.accepted, view.file.rejected, view.file.total) = (0, 4, YenTotal::default());
    for row in &mut view.rows {
        row.verdict = Verdict::Rejected;
        row.case = None;
    }
    view.rows[2].request = None;
    view
}

/// The first bill of a customer who applied in June 2026.
pub(crate) fn fee_statement() -> FeeStatementView {
    let table = read_fees(SHIPPED_FEES).unwrap();
    let customer = UserNumber::parse("1AB2CD3EF").unwrap();
    let act = |kind, channel, relation, count| Use {
        customer,
        kind,
        channel,
        relation,
        on: Date::new(2026, 6, 30).unwrap(),
        count,
    };
    let (online, paper) = (Origin::Online, Origin::Paper);
    let acts = [
        act(FeeKind::Accrual, online, Relation::Own, 12),
        act(FeeKind::Accrual, online, Relation::Other, 1_203),
        act(FeeKind::SplitAssignment, online, Relation::Other, 2),
        act(FeeKind::Receipt, online, Relation::Own, 5),
        act(FeeKind::Change, paper, Relation::Own, 1),
        act(FeeKind::Disclosure, online, Relation::Own, 1),
        act(FeeKind::Unlock, online, Relation::Own, 1),
    ];
    let applied = Date::new(2026, 6, 4).unwrap();
    let month = Month::of(Date::new(2026, 7, 1).unwrap());
    let kind = ContractKind::Standard;
    let contract = Contract { customer, kind, applied, first: month, ended: None };
    let charges = charges(&acts, &table).by_customer.remove(&customer).unwrap();
    FeeStatementView {
        desk: desk(),
        number: "202607-1AB2CD3EF".into(),
        made: Timestamp::tokyo(Date::new(2026, 7, 6).unwrap(), 8, 30),
        customer: "株式会社 髙﨑製作所".into(),
        contract: contract.kind,
        bill: bill(&contract, &charges, &table, month).unwrap(),
        debit_day: debit_day(month, &BankCalendar::japan()),
        account: "米沢信用金庫 本店営業部 当座 ****345".into(),
    }
}

fn act(at: Timestamp, act: Act, seat: &str, name: &str, organisation: &str) -> ActView {
    ActView {
        at,
        act,
        seat: seat.into(),
        name: name.into(),
        organisation: organisation.into(),
        comment: String::new(),
    }
}

/// A returned case in the test environment with every name too long.
/// A form as it is filled in from a request; blank without one.
pub(crate) fn form(kind: RequestKind, values: &[(&str, &str)]) -> FormView {
    let values = values.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let party = |role: &str, number: &str| FormParty {
        role: role.into(),
        number: number.into(),
        name: String::new(),
    };
    let parties = vec![
        party("債権者", "987654321"),
        party("債務者", "123456789"),
        party("電子記録保証人", "1AB2CD3EF"),
    ];
    let filled = Filled { values: values.collect(), parties };
    let filled = if filled.values.is_empty() { Filled::default() } else { filled };
    FormView { desk: desk(), kind, made: at(9, 15), filled }
}

pub(crate) fn long_receipt() -> ReceiptView {
    let mut view = receipt(4);
    view.desk.environment = Environment::Test;
    view.file.name = "とても長い名前のファイル".repeat(12);
    view.file.submitter = "株式会社".repeat(20);
    view.acts[1].name = "寿限無寿限無五劫 太郎".into();
    view.acts[3].act = Act::Returned;
    view.acts[3].comment = "支払期日（2027-03-31）が注文書の2027-04-30と違います。".repeat(3);
    view.outcome = Outcome::Returned;
    view.route.nodes[3].state = State::Stopped;
    view.route.nodes[4].state = State::NotReached;
    view.route.nodes.iter_mut().for_each(|node| node.title = node.title.repeat(20));
    view.rows[0].reference = "R".repeat(40);
    view.rows[0].verdict = Verdict::Held;
    view
}

pub(crate) fn receipt(count: u32) -> ReceiptView {
    let file = file(count);
    let total = file.total;
    let mut acts = vec![
        act(at(9, 15), Act::Received, "", "", "米沢信用金庫 本店営業部"),
        act(at(10, 2), Act::Approved, "承認", "髙﨑 眞由美", "株式会社 髙﨑製作所"),
        act(at(13, 40), Act::Approved, "照査", "渡邊 德子", "本店営業部"),
        act(at(14, 5), Act::Approved, "決裁", "齋藤 瀨那", "本店営業部"),
    ];
    acts[2].comment = "金額と支払期日を注文書で確かめました。".into();
    ReceiptView {
        carved: vec!["3・17（2件 800,000円）差戻し 森 恵子「契約書の写し」".into()],
        errors: Vec::new(),
        desk: desk(),
        file,
        case: case(),
        workflow: "発生記録（二段階決裁）".into(),
        outcome: Outcome::Approved,
        decided: at(14, 5),
        deadline: Some(Timestamp::tokyo(Date::new(2026, 12, 3).unwrap(), 15, 0)),
        records: count,
        total,
        kinds: vec![KindTotal { kind: RequestKind::AccrualDebtor, count, total }],
        route: route(&acts),
        acts,
        rows: rows(count),
        content: Digest::of(b"content"),
    }
}

/// Intake, the customer, the desk, sending out; and what the program does by itself.
fn route(acts: &[ActView]) -> Route {
    let stations = [
        (Kind::Receive, "受付", Some(acts[0].at)),
        (Kind::Check, "取扱規則の点検", None),
        (Kind::Approve, "お客様承認", Some(acts[1].at)),
        (Kind::Approve, "取扱店承認", Some(acts[3].at)),
        (Kind::Emit, "送付", None),
        (Kind::End, "完了", None),
    ];
    let nodes = stations.into_iter().map(|(kind, title, at)| Node {
        id: title.into(),
        kind,
        title: title.into(),
        state: State::Done,
        at,
        deadline: String::new(),
        notes: Vec::new(),
        seats: Vec::new(),
    });
    Route { title: "発生記録".into(), nodes: nodes.collect(), ..Route::default() }
}

pub(crate) fn letter(kind: kessai::render::mail::Kind) -> kessai::render::mail::Letter {
    use kessai::render::mail::Kind;
    let file = file(3);
    let about_case = !matches!(
        kind,
        Kind::Accepted | Kind::RejectedFile | Kind::HeldDuplicate | Kind::SheetsMissing
    );
    let to_approver = kind == Kind::ApprovalRequest;
    let refused = matches!(kind, Kind::Returned | Kind::Rejected);
    kessai::render::mail::Letter {
        kind,
        effect: format!("20261201-000123-6.1/{}", kind.name()),
        at: at(9, 16),
        to_name: if to_approver { "髙﨑 眞由美".into() } else { file.submitter.clone() },
        to_address: "mayumi@takasaki.example".into(),
        user: if to_approver { "*****001".into() } else { String::new() },
        desk: desk(),
        receipt: Some(file.receipt),
        days: String::new(),
        case: about_case.then(case),
        file_name: file.name,
        kinds: vec![KindTotal { kind: RequestKind::AccrualDebtor, count: 3, total: file.total }],
        count: 3,
        accepted: if kind == Kind::RejectedFile { 0 } else { 3 },
        rejected: if kind == Kind::RejectedFile { 3 } else { 0 },
        total: file.total,
        deadline: Some(Timestamp::tokyo(Date::new(2026, 12, 3).unwrap(), 15, 0)),
        seat: "照査".into(),
        link: if to_approver { "http://127.0.0.1:8080/t/AbCdEf".into() } else { String::new() },
        actor: if refused { "渡邊 德子（本店営業部）".into() } else { String::new() },
        reason: if refused {
            "支払期日が注文書と違います。".into()
        } else {
            String::new()
        },
        first: (kind == Kind::HeldDuplicate)
            .then(|| ReceiptNo::new(receipt_no().date(), 88).unwrap()),
        next: Some(Next::CustomerApproves),
        findings: match kind {
            Kind::Accepted => vec![warning()],
            Kind::RejectedFile => vec![warning(), error()],
            _ => Vec::new(),
        },
        rows: "3・17".into(),
        notice: if about_case { "48213-2-8".into() } else { String::new() },
        expected_fee: None,
        on_paper: false,
        news: String::new(),
        fee: (kind == Kind::FeeNotice).then(|| {
            let statement = fee_statement();
            let (month, debit_day) = (statement.bill.month, Some(statement.debit_day));
            kessai::render::mail::FeeNotice { month, debit_day }
        }),
        items: if kind == Kind::Bundle {
            vec![letter(Kind::Reminder), letter(Kind::ApprovalRequest)]
        } else {
            Vec::new()
        },
        files: if to_approver {
            Vec::new()
        } else {
            vec![
                "outbox/customers/1AB2CD3EF/20261201-000123-6_12月分_発生記録_本社_result.csv"
                    .into(),
            ]
        },
    }
}

pub(crate) fn sender() -> kessai::render::mail::Sender {
    kessai::render::mail::Sender {
        name: "米沢信用金庫 でんさい係".into(),
        address: "densai@yonezawa.example".into(),
        test_to: Some("test@yonezawa.example".into()),
    }
}

fn figure(count: u64, total: u64) -> Figure {
    Figure { count, total: YenTotal::new(total) }
}

/// A day on which much happened and not everything went well.
pub(crate) fn daily_report() -> DailyReportView {
    let kinds =
        [("でんさい発生記録請求", 1), ("でんさい支払等記録請求", 20), ("でんさい譲渡記録請求", 3)]
            .map(|(title, n)| KindFigures {
                title: title.into(),
                figures: Figures {
                    received: figure(n * 125, n * 1_234_567_890),
                    approved: figure(n * 98, n * 912_345_678),
                    recorded: figure(n * 50, n * 500_000_000),
                    errored: figure(n, n * 1_000_000),
                    refused: figure(2, 3_300_000),
                    waiting: figure(n * 27, n * 322_222_212),
                },
            });
    let due = |case: &str, hour, status, urgency| DueItem {
        case: format!("20261201-{case}"),
        submitter: "株式会社髙﨑製作所".into(),
        title: "でんさい発生記録請求".into(),
        figure: figure(25, 123_456_789),
        deadline: Some(at(hour, 0)),
        status,
        urgency,
    };
    DailyReportView {
        desk: desk(),
        branch: BranchCode::parse("001").ok(),
        day: Date::new(2026, 12, 1).unwrap(),
        at: at(17, 30),
        files: FileFigures { received: 42, rejected: 2, held: 1, bad_records: 13 },
        kinds: kinds.into(),
        sum: Figures {
            received: figure(3_000, 29_629_629_360),
            approved: figure(2_352, 21_896_296_272),
            recorded: figure(1_200, 12_000_000_000),
            errored: figure(24, 24_000_000),
            refused: figure(6, 9_900_000),
            waiting: figure(648, 7_733_333_088),
        },
        waiting: vec![("承認待ち", figure(600, 7_000_000_000)), ("保留", figure(48, 733_333_088))],
        due_until: Date::new(2026, 12, 2).unwrap(),
        due: figure(75, 370_370_367),
        due_items: vec![
            due("000007-4.1", 15, "期限超過", Urgency::Over),
            due("000008-2.1", 18, "承認待ち", Urgency::Near),
            DueItem { deadline: None, ..due("000009-1.1.25", 18, "保留", Urgency::Near) },
        ],
        incident_count: 3,
        incidents: incidents(),
        unkept: unkept(),
        journal: JournalHead { sequence: 12_345, hash: Some(Digest::of(b"the books")) },
    }
}

fn incidents() -> Vec<IncidentItem> {
    let incident = |kind, name: &str, text: &str| IncidentItem {
        kind,
        name: name.into(),
        text: text.into(),
        since: Some(at(10, 5)),
    };
    vec![
        incident(
            IncidentKind::Unstaffed,
            "20261201-000012-8.1",
            "山田工務店株式会社 でんさい譲渡記録請求",
        ),
        incident(
            IncidentKind::Dead,
            "20261201-000003-0_mail_accepted",
            "cannot compose the mail: the recipient is not usable",
        ),
        incident(
            IncidentKind::Held,
            "20261201-000013-6",
            "株式会社髙﨑製作所のファイル「12月支払（再送）.csv」は、受付番号 20261201-000001-4 \
                 と同じ内容のため保留しています。",
        ),
    ]
}

fn unkept() -> Vec<UnkeptView> {
    vec![UnkeptView {
        schedule: "fees".into(),
        title: "手数料の計算".into(),
        at: at(8, 0),
        since: at(8, 0),
        why: "手数料を引き落とす委託者（当方）の設定がありません。".into(),
        why_en: "The settings do not say who debits the fees.".into(),
        remedy: "kessai.toml の [fees] に client_code、client_name、account を書き、kessai を\
                     再起動してください。"
            .into(),
        remedy_en: "Write client_code, client_name and account below [fees] in kessai.toml, \
                        then restart kessai."
            .into(),
    }]
}

/// What the other side of an accrual and of a change is told.
pub(crate) fn notice() -> NoticeView {
    let line = |what, number, amount: u64| NoticeLine {
        what,
        number: RecordNumber::parse(number).ok(),
        amount: Yen::new(amount).ok(),
        due: Date::new(2027, 3, 31).ok(),
    };
    NoticeView {
        desk: desk(),
        news: News::Recorded("株式会社高﨑製作所".into()),
        number: case().to_string(),
        made: at(11, 0),
        customer: "山田商店".into(),
        user: UserNumber::parse("4EF5GH6JK").unwrap(),
        lines: vec![
            line(RequestKind::AccrualDebtor.japanese(), "1AB2CD3EF00000000015", 1_200_000),
            NoticeLine {
                amount: None,
                due: None,
                ..line(RequestKind::Change.japanese(), "1AB2CD3EF00000000023", 1)
            },
        ],
    }
}

/// The letter to a new customer with a light contract.
pub(crate) fn welcome() -> WelcomeView {
    let list = kessai::workflow::write_customers([].iter())
        + "4EF5GH6JK,法人,株式会社あたらしい商店,ｱﾀﾗｼｲ,米沢市,0238-00-0003,001,ライト,2026-12-01,,\
           keiri@atarashii.example.jp,1356,001,普通,1234567,,";
    let customers = kessai::workflow::load_customers("list.csv", &list).unwrap();
    WelcomeView {
        desk: desk(),
        case: case(),
        made: at(11, 0),
        customer: customers.into_iter().next().unwrap(),
        first_debit: Date::new(2027, 1, 25).unwrap(),
    }
}
