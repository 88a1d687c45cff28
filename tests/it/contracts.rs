//! A branch hands in applications and lists; on approval they come into the register, and the
//! customer is told.

use std::fs;
use std::io::Write as _;

use kessai::domain::{BranchCode, CaseId, Date, Organisation, Person, UserId, UserNumber};
use kessai::formats::read_findings;
use kessai::ports::{EffectState, FileRecord, FileVerdict};
use kessai::service::{Arrival, Ballot, DecideError, Desk, Hand, NewUser, Passwords, Wish};
use kessai::workflow::{CommandId, Refusal, RowSet, Status, VoteKind};

use crate::rules::House;

pub(crate) const HEADINGS: &str = "手続,利用者番号,区分,名称,名称カナ,住所,電話番号,取扱店,契約,申込日,解約日,\
    メールアドレス,銀行番号,支店番号,預金種目,口座番号,手数料引落,許可する相手\n";
pub(crate) const NEW: &str = "新規,,法人,株式会社あたらしい商店,アタラシイシヨウテン,米沢市,0238-00-1111,001,\
    ライト,,,keiri@atarashii.example.jp,0001,001,普通,1234567,,\n";
pub(crate) const NUMBER: &str = "4EF5GH6JK";

pub(crate) struct Branch {
    pub(crate) house: House,
    pub(crate) desk: Desk,
}

impl Branch {
    pub(crate) fn new() -> Self {
        let house = House::new("file");
        let list = "channel,submitter,name,desk,email,encoding,pattern,owners\n\
            contracts,001,本店営業部,001,honten@bank.example.jp,cp932,none,\n";
        fs::write(house.root.path.join("workflows/submitters.csv"), list).unwrap();
        let desk = house.open().desk;
        for (id, role) in [
            ("suzuki01", "clerk"),
            ("ito00001", "clerk"),
            ("kato0001", "lender"),
            ("sato0001", "checker"),
            ("mori0001", "manager"),
        ] {
            let person = Person {
                today: kessai::domain::Today::default(),
                id: UserId::parse(id).unwrap(),
                name: format!("見本 {id}"),
                organisation: Organisation::Branch(BranchCode::parse("001").unwrap()),
                roles: vec![role.to_owned()],
                email: format!("{id}@bank.example.jp"),
                stands_for: Vec::new(),
            };
            let passwords = Passwords {
                login: format!("salt river {id}"),
                approval: format!("moth at noon {id}"),
            };
            desk.add_user(NewUser { person, passwords }).unwrap();
        }
        Self { house, desk }
    }

    /// A branch with one customer in its register.
    pub(crate) fn with_customer() -> Self {
        let branch = Self::new();
        let case = branch.hand_in("申込.csv", &(HEADINGS.to_owned() + NEW)).unwrap();
        branch.opened(case);
        branch
    }

    /// What the branch drops is judged: the case it opens, or the codes for which it comes back.
    pub(crate) fn hand_in(
        &self,
        name: &str,
        bytes: impl AsRef<[u8]>,
    ) -> Result<CaseId, Vec<String>> {
        let file = self.drop_file(name, bytes.as_ref());
        if file.verdict == FileVerdict::Accepted {
            return Ok(CaseId { receipt: file.receipt, n: 1, row: None });
        }
        let kept = self.desk.blobs.open(file.findings.unwrap()).unwrap().read_all().unwrap();
        Err(read_findings(&kept).unwrap().iter().map(|one| one.code.to_string()).collect())
    }

    pub(crate) fn drop_file(&self, name: &str, bytes: &[u8]) -> FileRecord {
        let mut writer = self.desk.blobs.create().unwrap();
        writer.write_all(bytes).unwrap();
        let arrival = Arrival {
            intake: self.desk.new_intake(),
            channel: "contracts".to_owned(),
            submitter: "001".to_owned(),
            hand: Hand::Owner(u32::MAX),
            name: name.to_owned(),
            digest: writer.keep().unwrap(),
            bytes: u64::try_from(bytes.len()).unwrap(),
            flaw: None,
            beside: kessai::service::Beside::default(),
        };
        let receipt = self.desk.receive(vec![arrival]).unwrap()[0];
        let file = self.desk.judge(receipt).unwrap().unwrap();
        self.desk.dispatch_all().unwrap();
        file
    }

    pub(crate) fn approve(
        &self,
        case: CaseId,
        by: &str,
        entry: &[(&str, &str)],
    ) -> Result<Status, Refusal> {
        let done = self.only_vote(case, by, entry);
        self.desk.dispatch_all().unwrap();
        done
    }

    fn only_vote(&self, case: CaseId, by: &str, entry: &[(&str, &str)]) -> Result<Status, Refusal> {
        let shown = self.desk.store.case(case).unwrap();
        let ballot = Ballot {
            entry: entry.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect(),
            rows: RowSet::default(),
            case,
            wish: Wish::Vote(VoteKind::Approve, None),
            digest: self.desk.content_of(&shown).unwrap(),
            task_version: shown.head.task_version,
            shown_at: None,
            reason: String::new(),
            command: CommandId::of(&self.desk.new_intake()),
        };
        let person = self.desk.store.user(&UserId::parse(by).unwrap()).unwrap().person;
        match self.desk.cast(&person, &ballot) {
            Ok(case) => Ok(case.head.status),
            Err(DecideError::Refused(refusal)) => Err(refusal),
            Err(failed) => panic!("{failed}"),
        }
    }

    /// A new contract goes its whole way.
    fn opened(&self, case: CaseId) {
        let kept = [("application", "kept"), ("identity", "kept")];
        self.approve(case, "suzuki01", &kept).unwrap();
        self.approve(case, "kato0001", &[("result", "ok")]).unwrap();
        self.approve(case, "ito00001", &[("user_number", NUMBER)]).unwrap();
        self.approve(case, "sato0001", &[]).unwrap();
        assert_eq!(self.approve(case, "mori0001", &[]), Ok(Status::Completed));
    }

    /// A change or an end goes its whole way.
    pub(crate) fn decided(&self, case: CaseId) {
        self.approve(case, "suzuki01", &[("notice", "kept")]).unwrap();
        self.approve(case, "sato0001", &[]).unwrap();
        assert_eq!(self.approve(case, "mori0001", &[]), Ok(Status::Completed));
    }

    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let folder = self.house.root.path.join("outbox").join(folder);
        let names = fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<String> =
            names.map(|one| one.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The mails to an address, decoded.
    pub(crate) fn mails(&self, to: &str) -> Vec<String> {
        let folder = self.house.root.path.join("outbox/mail");
        let all = fs::read_dir(folder).unwrap().map(|one| fs::read(one.unwrap().path()).unwrap());
        let all = all.filter(|bytes| String::from_utf8_lossy(bytes).contains(&format!("<{to}>")));
        all.map(|bytes| crate::mails::said(&bytes)).collect()
    }
}

pub(crate) fn number() -> UserNumber {
    UserNumber::parse(NUMBER).unwrap()
}

#[test]
fn an_application_becomes_a_contract_with_a_letter_and_a_mail_to_the_customer() {
    let branch = Branch::new();
    let case = branch.hand_in("申込.csv", &(HEADINGS.to_owned() + NEW)).unwrap();
    assert_eq!(branch.desk.store.customers().iter().count(), 0, "nothing is approved yet");
    branch.opened(case);
    let customers = branch.desk.store.customers();
    let customer = customers.get(number()).unwrap();
    assert_eq!((customer.applied, customer.closed), (Date::new(2026, 12, 1).unwrap(), None));
    assert_eq!(customer.fee_account.unwrap().written(), "0001-001-1-1234567");
    let papers = branch.files("contracts/001");
    assert!(papers.contains(&format!("{case}_welcome.pdf")), "{papers:?}");
    assert!(papers.contains(&format!("{case}_receipt.pdf")), "{papers:?}");
    let mails = branch.mails("keiri@atarashii.example.jp");
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    for part in [NUMBER, "でんさいライト", "2027年1月25日", "手形とでんさい", "新規"]
    {
        assert!(mail.contains(part), "{part} is not in {mail}");
    }
    let news = branch.desk.contract_news(number());
    assert_eq!((news.len(), news[0].what), (1, "新規"));
    assert_eq!(news[0].by.len(), 5, "everybody who decided");
}

#[test]
fn who_is_taken_in_after_the_months_bills_is_told_of_the_next_debit() {
    let branch = Branch::new();
    branch.house.forward_ms(28 * 86_400_000);
    let case = branch.hand_in("申込.csv", &(HEADINGS.to_owned() + NEW)).unwrap();
    // January's bills are made on the 4th.
    branch.house.forward_ms(8 * 86_400_000);
    branch.opened(case);
    let customers = branch.desk.store.customers();
    assert_eq!(customers.get(number()).unwrap().applied, Date::new(2026, 12, 29).unwrap());
    let mails = branch.mails("keiri@atarashii.example.jp");
    assert!(mails[0].contains("2027年2月25日"), "{mails:?}");
}

#[test]
fn a_number_that_is_none_or_somebodys_is_refused_when_it_is_keyed_in() {
    let branch = Branch::with_customer();
    let other = NEW.replace("あたらしい", "ほかの").replace("1234567", "7654321");
    let case = branch.hand_in("二社目.csv", &(HEADINGS.to_owned() + &other)).unwrap();
    branch.approve(case, "suzuki01", &[("application", "kept"), ("identity", "kept")]).unwrap();
    branch.approve(case, "kato0001", &[("result", "ok")]).unwrap();
    let told = |text: &str| match branch.approve(case, "ito00001", &[("user_number", text)]) {
        Err(Refusal::FormMistakes(told)) => told.join(""),
        other => panic!("{text}: {other:?}"),
    };
    assert!(told("4EF5GH6J").contains("D04") && told("4EF5GH6JO").contains("D04"));
    assert!(told(NUMBER).contains("K04"));
    assert_eq!(
        branch.approve(case, "ito00001", &[("user_number", "5FG6HJ7KL")]),
        Ok(Status::Active)
    );
}

#[test]
fn a_changed_address_is_told_to_the_old_and_the_new_one() {
    let branch = Branch::with_customer();
    let row = format!("変更,{NUMBER},,,,,,,,,,shin@atarashii.example.jp,,,,,,\n");
    let case = branch.hand_in("変更.csv", &(HEADINGS.to_owned() + &row)).unwrap();
    branch.decided(case);
    let customers = branch.desk.store.customers();
    assert_eq!(customers.get(number()).unwrap().email, "shin@atarashii.example.jp");
    for to in ["keiri@atarashii.example.jp", "shin@atarashii.example.jp"] {
        let mails = branch.mails(to);
        assert!(
            mails.iter().any(|mail| mail.contains("ご契約の変更の手続が済みました")),
            "{to}: {mails:?}"
        );
    }
    let news = branch.desk.contract_news(number());
    let changes = &news[1].changes;
    assert_eq!(
        changes,
        &["メールアドレス: keiri@atarashii.example.jp → shin@atarashii.example.jp"]
    );
}

#[test]
fn a_contract_that_changed_meanwhile_is_not_changed_over_it() {
    let branch = Branch::with_customer();
    let change =
        |column: &str| HEADINGS.to_owned() + &format!("変更,{NUMBER},,,,{column},,,,,,,,,,,,\n");
    let first = branch.hand_in("一.csv", change("山形市")).unwrap();
    let second = branch.hand_in("二.csv", change("仙台市")).unwrap();
    branch.decided(second);
    branch.decided(first);
    let customers = branch.desk.store.customers();
    assert_eq!(customers.get(number()).unwrap().address, "仙台市");
    let left = branch.desk.store.effects(10);
    let left = left.iter().find(|left| left.state == EffectState::Dead).unwrap();
    assert!(left.note.contains("承認の間に契約が変わりました"), "{}", left.note);
}

#[test]
fn a_contract_ends_on_its_day_and_then_takes_nothing_more() {
    let branch = Branch::with_customer();
    let row = |day: &str| HEADINGS.to_owned() + &format!("解約,{NUMBER},,,,,,,,,{day},,,,,,,\n");
    assert_eq!(branch.hand_in("過ぎた.csv", row("2026-11-30")), Err(vec!["K06".to_owned()]));
    let case = branch.hand_in("解約.csv", row("2026-12-25")).unwrap();
    branch.decided(case);
    let customers = branch.desk.store.customers();
    let customer = customers.get(number()).unwrap();
    assert!(customer.is_open(Date::new(2026, 12, 25).unwrap()));
    assert!(!customer.is_open(Date::new(2026, 12, 26).unwrap()));
    let mails = branch.mails("keiri@atarashii.example.jp");
    assert!(mails.iter().any(|mail| mail.contains("解約日までは、今までどおり")), "{mails:?}");
    assert_eq!(branch.hand_in("もう一度.csv", row("2026-12-28")), Err(vec!["K04".to_owned()]));
}

#[test]
fn what_cannot_be_a_contract_comes_back_with_every_mistake() {
    let branch = Branch::new();
    let row = "新規,,個人,山田太郎,ヤマダタロウ,,,001,通常,,,,0001,001,貯蓄,1234567,,\n";
    let told = branch.hand_in("個人.csv", &(HEADINGS.to_owned() + row));
    assert_eq!(told, Err(["K01", "K03", "K02"].map(str::to_owned).to_vec()));
    let unknown = format!("変更,{NUMBER},,,,,,,,,,,,,,,,\n");
    let told = branch.hand_in("だれ.csv", &(HEADINGS.to_owned() + &unknown));
    assert_eq!(told, Err(vec!["K06".to_owned()]));
    let answers = branch.files("contracts/001");
    assert!(answers.iter().any(|name| name.ends_with("個人_result.csv")), "{answers:?}");
}

#[test]
fn a_list_is_loaded_by_two_people_and_says_the_same_when_it_is_exported() {
    let branch = Branch::with_customer();
    let list = kessai::workflow::write_customers(branch.desk.store.customers().iter());
    assert_eq!(branch.hand_in("台帳.csv", &list), Err(vec!["K06".to_owned()]), "nothing changes");
    let changed = list.replace("米沢市", "山形市")
        + "5FG6HJ7KL,個人事業主,鈴木商店,ｽｽﾞｷ,,,001,通常,2026-10-01,,s@example.jp,0001,001,当座,\
           7654321,,\n";
    let case = branch.hand_in("台帳2.csv", &changed).unwrap();
    branch.approve(case, "sato0001", &[]).unwrap();
    assert_eq!(branch.desk.store.customers().iter().count(), 1);
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    let customers = branch.desk.store.customers();
    assert_eq!(customers.iter().count(), 2);
    assert_eq!(customers.get(number()).unwrap().address, "山形市");
    let news = branch.desk.contract_news(number());
    assert_eq!(news[1].changes, ["住所: 米沢市 → 山形市"]);
    // A second program that reads the journal knows the same.
    drop(customers);
    let digest = branch.desk.store.digest();
    let Branch { house, desk } = branch;
    drop(desk);
    let desk = house.open().desk;
    assert_eq!(desk.store.digest(), digest);
    assert_eq!(desk.store.customers().iter().count(), 2);
}

#[test]
fn a_list_of_claims_is_loaded_by_two_people_and_leaves_what_is_known_as_it_is() {
    let branch = Branch::new();
    let list = kessai::workflow::write_claims([].iter());
    let row = |number: &str, yen: u32| {
        format!(
            "98765432100000100{number},,987654321,0001,001,当座,0123456,123456789,0009,010,普通,\
             7654321,{yen},2027-03-31,2026-11-02,0,,\n"
        )
    };
    let first = list.clone() + &row("017", 1_000_000);
    let case = branch.hand_in("債権.csv", &first).unwrap();
    branch.approve(case, "sato0001", &[]).unwrap();
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    let number = kessai::domain::RecordNumber::parse("98765432100000100017").unwrap();
    let known = branch.desk.store.claim(number).unwrap();
    assert_eq!((known.claim.amount.get(), known.history.len()), (1_000_000, 1));
    assert_eq!(known.history[0].by, kessai::ports::StepBy::List(case));

    let told = branch.hand_in("同じ.csv", &(first.clone() + "\n"));
    assert_eq!(told, Err(vec!["K06".to_owned()]), "the register has all of them");
    let more = list + &row("017", 5) + &row("025", 2_000_000);
    let case = branch.hand_in("追加.csv", &more).unwrap();
    branch.approve(case, "sato0001", &[]).unwrap();
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    assert_eq!(branch.desk.store.claim(number).unwrap(), known, "as it was");
    let claims = branch.desk.store.claims(&kessai::ports::ClaimFilter::default(), None, 9);
    let exported = kessai::workflow::write_claims(claims.iter().map(|record| &record.claim));
    let loaded = kessai::workflow::load_claims("export.csv", &exported).unwrap();
    assert_eq!(loaded.iter().map(|claim| claim.amount.get()).sum::<u64>(), 3_000_000);
}

#[test]
fn what_was_approved_before_a_stop_comes_into_the_register_once() {
    let branch = Branch::new();
    let case = branch.hand_in("申込.csv", &(HEADINGS.to_owned() + NEW)).unwrap();
    branch.approve(case, "suzuki01", &[("application", "kept"), ("identity", "kept")]).unwrap();
    branch.approve(case, "kato0001", &[("result", "ok")]).unwrap();
    branch.approve(case, "ito00001", &[("user_number", NUMBER)]).unwrap();
    branch.approve(case, "sato0001", &[]).unwrap();
    assert_eq!(branch.only_vote(case, "mori0001", &[]), Ok(Status::Completed));
    assert!(!branch.desk.store.customers().is_kept(), "it stopped before it was carried out");
    let Branch { house, desk } = branch;
    drop(desk);
    let branch = Branch { desk: house.open().desk, house };
    branch.desk.dispatch_all().unwrap();
    branch.desk.dispatch_all().unwrap();
    assert_eq!(branch.desk.contract_news(number()).len(), 1);
    assert_eq!(branch.mails("keiri@atarashii.example.jp").len(), 1);
    assert!(branch.desk.store.effects(10).is_empty());
}

#[test]
fn who_ended_a_contract_may_have_a_new_one_of_the_same_number() {
    let branch = Branch::with_customer();
    let row = format!("解約,{NUMBER},,,,,,,,,2026-12-01,,,,,,,\n");
    let case = branch.hand_in("解約.csv", &(HEADINGS.to_owned() + &row)).unwrap();
    branch.decided(case);
    branch.house.forward_ms(86_400_000);
    let again = NEW.replace("米沢市", "山形市");
    let case = branch.hand_in("また.csv", &(HEADINGS.to_owned() + &again)).unwrap();
    branch.opened(case);
    let customers = branch.desk.store.customers();
    let customer = customers.get(number()).unwrap();
    assert_eq!((customer.address.as_str(), customer.closed), ("山形市", None));
    let what: Vec<&str> = branch.desk.contract_news(number()).iter().map(|one| one.what).collect();
    assert_eq!(what, ["新規", "解約", "新規"]);
}
