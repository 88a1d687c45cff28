//! `kessai demo`: a branch on sample data, from the dropped file to the answers; a new customer, a
//! claim from elsewhere, a split, and the fees of the month.
//!
//! It runs the real program on a temporary root with a clock moved by hand and seeded chance, so it
//! prints the same at every run.

mod fax;
mod month;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::{CaseId, Date, Timestamp, UserId, YenTotal};
use crate::ports::{CaseFilter, ClaimFilter, FileRecord, FileVerdict, NoProbe};
use crate::service::{Ballot, Desk, Wish};
use crate::workflow::{CommandId, Deed, RowSet, VoteKind};

use super::init;
use super::outcome::{Error, Outcome};
use super::root::{Open, Root, World};
use super::run::{Machine, serve};
use super::settings::{self, Settings};
use super::world::{HandClock, SeededRandom};

/// Arguments of `kessai demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 作業フォルダ（残します） / the folder to work in, kept afterwards
    #[arg(long)]
    root: Option<PathBuf>,
    /// 終わらずに画面を開いたままにする / stay up so that you can approve in a browser
    #[arg(long)]
    serve: bool,
}

/// The files the demo drops: folder, name, bytes.
const DROPS: [(&str, &str, &[u8]); 5] = [
    ("customers/1AB2CD3EF", "12月支払.csv", include_bytes!("../samples/clean.csv")),
    ("customers/9XY8WV7UT", "譲渡.xml", include_bytes!("../samples/assignments.xml")),
    ("customers/1AB2CD3EF", "12月追加.csv", include_bytes!("../samples/mistakes.csv")),
    ("customers/1AB2CD3EF", "12月追加_固定長.txt", include_bytes!("../samples/fixed_length.txt")),
    ("customers/1AB2CD3EF", "12月支払（再送）.csv", include_bytes!("../samples/clean.csv")),
];

/// What waits for a person when the pages are left open.
const WAITING: (&str, &str, &[u8]) =
    ("customers/1AB2CD3EF", "1月追加.csv", include_bytes!("../samples/waiting.csv"));

const MINUTE_MS: i64 = 60_000;

/// What a person writes into a form: a field and a value each.
type Entry<'e> = &'e [(&'e str, &'e str)];

/// Runs `kessai demo`.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    let root = Root::new(&folder(args)?);
    let start = Date::new(2026, 12, 1)
        .map_err(|_| Error::Usage("the demo's day is not a day".to_owned()))?;
    let clock = Arc::new(HandClock::new(Timestamp::tokyo(start, 9, 0)));
    let world = World {
        clock: Arc::clone(&clock) as Arc<dyn crate::ports::Clock>,
        random: Arc::new(SeededRandom::new(20_261_201)),
        probe: Arc::new(NoProbe),
    };
    init::make(&root, true)?;
    if args.serve {
        over_tls(&root)?;
    }
    month::debits(&root)?;
    let Open { desk, settings, .. } = root.open(&world)?;
    let desk = Arc::new(desk);
    init::enrol(&desk, &root, world.random.as_ref())?;
    let machine = Machine::open(&root, &settings, Arc::clone(&desk), &world)?;
    let mut demo = Demo { root, desk, clock, machine, out };
    demo.day()?;
    if args.serve { demo.stay_open(&settings) } else { Ok(Outcome::Well) }
}

/// The folder the demo works in; without `--root` one of its own that it may empty.
fn folder(args: &Args) -> Result<PathBuf, Error> {
    if let Some(root) = &args.root {
        if root.join("kessai.toml").exists() {
            let what = format!("{} はすでに使われています / is in use", root.display());
            return Err(Error::Usage(what));
        }
        return Ok(root.clone());
    }
    let user = rustix::process::getuid().as_raw();
    let own = std::env::temp_dir().join(format!("kessai-demo-{user}"));
    match fs::remove_dir_all(&own) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(cause) => return Err(Error::world("cannot empty", &own, cause)),
    }
    Ok(own)
}

/// Has the pages served over TLS, as a bank does it.
fn over_tls(root: &Root) -> Result<(), Error> {
    let path = root.path.join(settings::FILE);
    let text = root.text(settings::FILE)?.unwrap_or_default();
    let text = text.replace("base_url = \"http://", "base_url = \"https://");
    fs::write(&path, text).map_err(|cause| Error::world("cannot write", &path, cause))
}

struct Demo<'w> {
    root: Root,
    desk: Arc<Desk>,
    clock: Arc<HandClock>,
    machine: Machine,
    out: &'w mut dyn Write,
}

impl Demo<'_> {
    fn day(&mut self) -> Result<(), Error> {
        self.stage("受付", "お客様がフォルダに5つのファイルを置きました。")?;
        for drop in &DROPS {
            self.drop_file(drop)?;
        }
        self.machine.drain()?;
        self.show_files()?;

        self.stage("お客様の承認", "メールのリンクから、お客様ご自身の承認者が承認します。")?;
        let accrual = self.case_of("12月支払.csv")?;
        let assignment = self.case_of("譲渡.xml")?;
        self.approve(accrual, "yamada01")?;
        self.approve(assignment, "takasaki1")?;
        self.approve(assignment, "takasaki2")?;

        self.stage("取扱店のダブル承認", "照査と決裁は別の人が行います。")?;
        self.approve(accrual, "sato0001")?;
        self.try_twice(accrual, "sato0001")?;

        self.stage("差戻しと再開", "決裁者が照査へ差し戻し、照査が済むと決裁者から再開します。")?;
        let back = Wish::Vote(VoteKind::Return, Some("desk".to_owned()));
        self.decide(accrual, "mori0001", back, "3件目の期日を電話で確認してください")?;
        self.approve(accrual, "tanaka01")?;

        self.stage("切離し", "2件だけをお客様へ差し戻し、残りの3件はそのまま進めます。")?;
        self.carve(accrual, "mori0001", &[2, 4], "契約書の写しをお送りください")?;
        self.approve(accrual, "mori0001")?;
        let resubmit = Wish::Do(Deed::Resubmit);
        let line = CaseId { row: Some(2), ..accrual };
        self.decide(line, "yamada01", resubmit, "写しをお送りしました")?;
        self.approve(line, "mori0001")?;
        let withdraw = Wish::Do(Deed::Withdraw);
        let line = CaseId { row: Some(4), ..accrual };
        self.decide(line, "yamada01", withdraw, "金額を直して出し直します")?;

        self.next_day_at_noon();
        self.stage("翌営業日の正午", "まだ決まらない案件は、次長にも承認をお願いします。")?;
        self.machine.drain()?;
        self.show_waiting(assignment)?;
        let close = Wish::Vote(VoteKind::Return, Some("close".to_owned()));
        self.decide(assignment, "koba0001", close, "記録番号をご確認ください")?;

        self.stage("記録の結果", "記録機関の結果ファイルが届き、記録番号が台帳に載ります。")?;
        self.results(accrual)?;

        self.month()?;

        self.stage("お答え", "結果・受付票・承認票・メール・集信側へのファイルを書き出しました。")?;
        self.tree()?;
        self.paths(accrual)
    }

    /// The institution answers: all but one line were recorded.
    fn results(&mut self, case: CaseId) -> Result<(), Error> {
        use std::fmt::Write as _;

        let mut text = "申請番号,明細番号,結果,記録番号,エラー,備考\r\n".to_owned();
        for (row, result) in [
            (1, "良好,1AB2CD3EF00000100017,,"),
            (3, "不可,,口座相違,支店番号が違います"),
            (5, "良好,1AB2CD3EF00000100025,,"),
        ] {
            write!(text, "{case},{row},{result}\r\n").ok();
        }
        write!(text, "{case}.2,2,良好,1AB2CD3EF00000100033,,\r\n").ok();
        self.told("kekka_20261202.csv", &text, &[case, CaseId { row: Some(2), ..case }])
    }

    /// A file of results comes; what it makes of the cases, and the claims there are then.
    fn told(&mut self, name: &str, text: &str, cases: &[CaseId]) -> Result<(), Error> {
        self.drop_file(&("center/densai", name, text.as_bytes()))?;
        self.machine.drain()?;
        for id in cases {
            let now = self.desk.store.case(*id).map_or("", |case| case.head.status.japanese());
            writeln!(self.out, "  {id} {now}")?;
        }
        for record in self.desk.store.claims(&ClaimFilter::default(), None, usize::MAX) {
            let claim = record.claim;
            let amount = YenTotal::new(claim.amount.get());
            writeln!(self.out, "  記録番号 {} {amount}円 期日 {}", claim.number, claim.due)?;
        }
        Ok(())
    }

    /// Moves the clock by hand, as a bank's night would.
    fn next_day_at_noon(&self) {
        self.go_to(Timestamp::tokyo(self.clock_now().date().plus_days(1), 12, 0));
    }

    fn go_to(&self, moment: Timestamp) {
        self.clock.advance_ms(moment.ms() - self.clock_now().ms());
    }

    /// Whom a case waits for.
    fn show_waiting(&mut self, case: CaseId) -> Result<(), Error> {
        let view = self.desk.show(case).ok_or_else(|| Error::Usage(format!("no case {case}")))?;
        for step in &view.steps {
            for seat in step.seats.iter().filter(|seat| seat.open) {
                let names: Vec<&str> = seat.people.iter().map(|(_, name)| name.as_str()).collect();
                writeln!(self.out, "  {case} {}: {}", seat.title, names.join("、"))?;
            }
        }
        Ok(())
    }

    fn stage(&mut self, title: &str, what: &str) -> Result<(), Error> {
        let (hour, minute) = self.clock_now().hour_minute();
        writeln!(self.out, "\n■ {hour}:{minute:02} {title} ── {what}")?;
        self.out.flush()?;
        Ok(())
    }

    fn clock_now(&self) -> Timestamp {
        crate::ports::Clock::now(self.clock.as_ref())
    }

    /// Drops a file the way a customer's PC does: under another name first, then renamed.
    fn drop_file(&self, (folder, name, bytes): &(&str, &str, &[u8])) -> Result<(), Error> {
        let folder = self.root.inbox().join(folder);
        let (part, target) = (folder.join(format!(".{name}.part")), folder.join(name));
        fs::write(&part, bytes)
            .and_then(|()| fs::rename(&part, &target))
            .map_err(|cause| Error::world("cannot drop", &target, cause))
    }

    fn show_files(&mut self) -> Result<(), Error> {
        for file in self.desk.store.files(&|_| true, usize::MAX) {
            let what = describe(&file);
            writeln!(self.out, "  {}  {}  {what}", file.receipt, file.name)?;
        }
        Ok(())
    }

    fn case_of(&self, name: &str) -> Result<CaseId, Error> {
        let files = self.desk.store.files(&|file| file.name == name, 1);
        let receipt = files.first().map(|file| file.receipt);
        let filter = CaseFilter { receipt, ..CaseFilter::default() };
        let case = self.desk.store.cases(&filter, None, 1).into_iter().next();
        case.map(|case| case.head.id)
            .ok_or_else(|| Error::Usage(format!("the demo found no case of {name}")))
    }

    fn approve(&mut self, case: CaseId, user: &str) -> Result<(), Error> {
        self.decide(case, user, Wish::Vote(VoteKind::Approve, None), "")
    }

    /// One person decides on one case, with the password they were given.
    fn decide(&mut self, case: CaseId, user: &str, wish: Wish, reason: &str) -> Result<(), Error> {
        self.clock.advance_ms(7 * MINUTE_MS);
        self.tell(case, user, (wish, RowSet::default(), &[]), reason)
    }

    /// One person does a task: fills in its form.
    fn fill_in(&mut self, case: CaseId, user: &str, entry: Entry<'_>) -> Result<(), Error> {
        self.clock.advance_ms(7 * MINUTE_MS);
        let approve = Wish::Vote(VoteKind::Approve, None);
        self.tell(case, user, (approve, RowSet::default(), entry), "")
    }

    /// The same for some lines of a batch; the rest goes on.
    fn carve(&mut self, case: CaseId, user: &str, rows: &[u32], reason: &str) -> Result<(), Error> {
        self.clock.advance_ms(7 * MINUTE_MS);
        let wish = Wish::Vote(VoteKind::Return, Some("submitter".to_owned()));
        self.tell(case, user, (wish, RowSet::of(rows.iter().copied()), &[]), reason)
    }

    fn tell(
        &mut self,
        case: CaseId,
        user: &str,
        what: (Wish, RowSet, Entry<'_>),
        reason: &str,
    ) -> Result<(), Error> {
        let lines = match (what.1.is_empty(), what.2) {
            (false, _) => format!("明細{}を切り離して", what.1),
            (true, []) => String::new(),
            (true, entry) => {
                let values: Vec<&str> = entry.iter().map(|(_, value)| *value).collect();
                format!("{} と入力して", values.join("・"))
            }
        };
        let answer = self.vote(case, user, what, reason)?;
        let (hour, minute) = self.clock_now().hour_minute();
        let name = Self::name_of(user);
        writeln!(self.out, "  {hour}:{minute:02} {case} {name}さん: {lines}{answer}")?;
        self.machine.drain()?;
        Ok(())
    }

    /// The same person tries to fill the second seat, too.
    fn try_twice(&mut self, case: CaseId, user: &str) -> Result<(), Error> {
        let approve = Wish::Vote(VoteKind::Approve, None);
        let answer = self.vote(case, user, (approve, RowSet::default(), &[]), "")?;
        let name = Self::name_of(user);
        writeln!(self.out, "       {case} {name}さんがもう一度: {answer}")?;
        Ok(())
    }

    fn vote(
        &self,
        case: CaseId,
        user: &str,
        (wish, rows, entry): (Wish, RowSet, Entry<'_>),
        reason: &str,
    ) -> Result<String, Error> {
        let unknown = || Error::Usage(format!("the demo lost {case}"));
        let id = UserId::parse(user).map_err(|_| unknown())?;
        let seen = self.desk.store.case(case).ok_or_else(unknown)?;
        let what = wish.japanese();
        let ballot = Ballot {
            case,
            wish,
            rows,
            entry: entry.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect(),
            digest: self.desk.content_of(&seen).ok_or_else(unknown)?,
            task_version: seen.head.task_version,
            shown_at: Some(self.clock_now()),
            reason: reason.to_owned(),
            command: CommandId::of(&format!("demo {case} {user} {}", seen.head.version)),
        };
        let password = self.password(user)?;
        Ok(match self.desk.vote(&id, &password, &ballot) {
            Ok(done) if reason.is_empty() => {
                format!("{what} → {}", done.head.status.japanese())
            }
            Ok(_) => format!("{what}「{reason}」"),
            Err(crate::service::DecideError::Refused(refusal)) => refusal.japanese(),
            Err(other) => other.to_string(),
        })
    }

    fn name_of(user: &str) -> String {
        let found = init::PEOPLE.iter().find(|(id, ..)| *id == user);
        found.map_or_else(|| user.to_owned(), |(_, name, ..)| (*name).to_owned())
    }

    /// The approval password of a sample person, from the list beside the root.
    fn password(&self, user: &str) -> Result<String, Error> {
        let list = self.root.text(init::USERS_FILE)?.unwrap_or_default();
        let mut rows = list.lines().map(|row| row.split('\t').collect::<Vec<_>>());
        let row = rows.find(|row| row.first() == Some(&user));
        row.and_then(|row| row.get(2).map(|password| (*password).to_owned()))
            .ok_or_else(|| Error::Usage(format!("{user} is not in {}", init::USERS_FILE)))
    }

    /// The outbox as a tree.
    fn tree(&mut self) -> Result<(), Error> {
        writeln!(self.out, "  outbox/")?;
        let outbox = self.root.outbox();
        self.branch(&outbox, "  ")
    }

    fn branch(&mut self, folder: &Path, indent: &str) -> Result<(), Error> {
        let failed = |cause| Error::world("cannot look into", folder, cause);
        let mut entries: Vec<_> =
            fs::read_dir(folder).map_err(failed)?.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        let last = entries.len().saturating_sub(1);
        for (at, path) in entries.iter().enumerate() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let (joint, below) = if at == last { ("└", "  ") } else { ("├", "│ ") };
            if name == "mail" {
                let count = fs::read_dir(path).map_err(failed)?.count();
                writeln!(self.out, "{indent}{joint} {name} （{count}通）")?;
                continue;
            }
            writeln!(self.out, "{indent}{joint} {name}")?;
            if path.is_dir() {
                self.branch(path, &format!("{indent}{below}"))?;
            }
        }
        Ok(())
    }

    /// Files worth opening.
    fn paths(&mut self, case: CaseId) -> Result<(), Error> {
        let outbox = self.root.outbox();
        let own = outbox.join("customers/1AB2CD3EF");
        writeln!(self.out, "\n開いてご覧ください。")?;
        let pdf = own.join(format!("{case}_receipt.pdf"));
        let mail = outbox.join(format!("mail/{case}_request_1.0_yamada01.eml"));
        let record = own.join(format!("{case}_record.pdf"));
        writeln!(self.out, "  承認票   {}", pdf.display())?;
        writeln!(self.out, "  記録通知 {}", record.display())?;
        writeln!(self.out, "  メール   {}", mail.display())?;
        writeln!(self.out, "  認証局   {}", self.root.pki().join("ca.pem").display())?;
        let results =
            fs::read_dir(&own).map_err(|cause| Error::world("cannot look into", &own, cause))?;
        let mut results: Vec<PathBuf> = results.flatten().map(|entry| entry.path()).collect();
        results.sort();
        let wrong = results.iter().find(|path| path.to_string_lossy().contains("12月追加_result"));
        if let Some(path) = wrong {
            writeln!(self.out, "  結果     {}", path.display())?;
        }
        Ok(())
    }

    /// Leaves the pages open with something that waits.
    fn stay_open(mut self, settings: &Settings) -> Result<Outcome, Error> {
        self.drop_file(&WAITING)?;
        self.machine.drain()?;
        let case = self.case_of(WAITING.1)?;
        writeln!(self.out, "\n画面を開いています: {} （Ctrl+C で終わります）", settings.base_url)?;
        let ca = self.root.pki().join("ca.pem");
        writeln!(self.out, "認証局の証明書: {}", ca.display())?;
        writeln!(
            self.out,
            "  ブラウザーに取り込むと、警告が出なくなります（デモの後で削除してください）。"
        )?;
        writeln!(
            self.out,
            "  Chrome・Edge: 設定 → プライバシーとセキュリティ → セキュリティ → 証明書の管理"
        )?;
        writeln!(
            self.out,
            "  Firefox: 設定 → プライバシーとセキュリティ → 証明書を表示 → 認証局証明書"
        )?;
        writeln!(self.out, "承認を待っている案件: {case}")?;
        let user = UserId::parse("yamada01")
            .map_err(|_| Error::Usage("the sample's person is not well formed".to_owned()))?;
        writeln!(self.out, "山田さんのリンク: {}", self.desk.link(case, &user, "1.0"))?;
        writeln!(self.out, "ユーザーID・ログインパスワード・承認パスワード:")?;
        for row in self.root.text(init::USERS_FILE)?.unwrap_or_default().lines() {
            writeln!(self.out, "  {}", row.replace('\t', "  "))?;
        }
        writeln!(self.out, "一件の流れ:")?;
        for step in WAY {
            writeln!(self.out, "  {step}")?;
        }
        writeln!(
            self.out,
            "  5. kessai verify-receipt 受け取ったファイル --ca {} で、署名を確かめます。",
            ca.display()
        )?;
        self.out.flush()?;
        self.clock.let_go();
        serve(&self.root, settings, &self.desk, self.machine)
    }
}

/// The life of a request, to be clicked through.
const WAY: [&str; 4] = [
    "1. 山田さん（yamada01）でログインし、案件を承認します。",
    "2. 佐藤さん（sato0001）、森さん（mori0001）の順に、同じように承認します。",
    "3. 山田さんで「出したファイル」を開き、そのファイルを選びます。",
    "4. 承認票（PDF）を受け取ります。",
];

/// What became of a file, in a few words.
fn describe(file: &FileRecord) -> String {
    let total = YenTotal::to_string(&file.total);
    match file.verdict {
        FileVerdict::Accepted => format!("受付 {}件 {total}円", file.accepted),
        FileVerdict::Rejected => {
            format!("お返し（誤り{}件、結果ファイルに直し方）", file.rejected)
        }
        FileVerdict::Tried => format!("導入テスト（受け付けられるもの{}件）", file.accepted),
        FileVerdict::Held { same_as } => format!("保留（{same_as} と同じ内容）"),
        FileVerdict::Joined { to } => format!("書面 {to} にまとめました"),
        FileVerdict::Keying => "書面（二人で入力）".to_owned(),
        FileVerdict::Received | FileVerdict::Opening => "処理中".to_owned(),
    }
}
