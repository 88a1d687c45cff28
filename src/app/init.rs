//! `kessai init`: makes a root folder, with `--sample` one with people and customers to try.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::domain::{BranchCode, Organisation, Person, Today, UserId, UserNumber};
use crate::formats::densai;
use crate::formats::zengin::{debit, transfer};
use crate::formats::{FEES, SHIPPED_FEES};
use crate::ports::Random;
use crate::service::{Desk, NewUser, Passwords};

use super::outcome::{Error, Outcome};
use super::root::{Root, World};
use super::settings::Settings;

/// The files of a fresh root: name below the root and text.
pub(super) const FILES: &[(&str, &str)] = &[
    ("kessai.toml", include_str!("../../kessai.toml")),
    ("workflows/accrual.yaml", include_str!("../../workflows/accrual.yaml")),
    ("workflows/assignment.yaml", include_str!("../../workflows/assignment.yaml")),
    ("workflows/cancellation.yaml", include_str!("../../workflows/cancellation.yaml")),
    ("workflows/accrual_creditor.yaml", include_str!("../../workflows/accrual_creditor.yaml")),
    ("workflows/change.yaml", include_str!("../../workflows/change.yaml")),
    ("workflows/discount.yaml", include_str!("../../workflows/discount.yaml")),
    (
        "workflows/institution_transfer.yaml",
        include_str!("../../workflows/institution_transfer.yaml"),
    ),
    ("workflows/guarantee.yaml", include_str!("../../workflows/guarantee.yaml")),
    ("workflows/payment.yaml", include_str!("../../workflows/payment.yaml")),
    ("workflows/disclosure.yaml", include_str!("../../workflows/disclosure.yaml")),
    ("workflows/parts/approvals.yaml", include_str!("../../workflows/parts/approvals.yaml")),
    ("workflows/publication.yaml", include_str!("../../workflows/publication.yaml")),
    ("workflows/contract.yaml", include_str!("../../workflows/contract.yaml")),
    ("workflows/contract_change.yaml", include_str!("../../workflows/contract_change.yaml")),
    ("workflows/contract_end.yaml", include_str!("../../workflows/contract_end.yaml")),
    ("workflows/claims.yaml", include_str!("../../workflows/claims.yaml")),
    ("workflows/customers.yaml", include_str!("../../workflows/customers.yaml")),
    ("workflows/users.yaml", include_str!("../../workflows/users.yaml")),
    ("workflows/outages.yaml", include_str!("../../workflows/outages.yaml")),
    ("workflows/paper.yaml", include_str!("../../workflows/paper.yaml")),
    ("workflows/keys.yaml", include_str!("../../workflows/keys.yaml")),
    ("workflows/resends.yaml", include_str!("../../workflows/resends.yaml")),
    (
        "workflows/parts/contract_approvals.yaml",
        include_str!("../../workflows/parts/contract_approvals.yaml"),
    ),
    ("workflows/channels/customers.yaml", include_str!("../../workflows/channels/customers.yaml")),
    ("workflows/channels/test.yaml", include_str!("../../workflows/channels/test.yaml")),
    ("workflows/channels/branches.yaml", include_str!("../../workflows/channels/branches.yaml")),
    ("workflows/channels/fax.yaml", include_str!("../../workflows/channels/fax.yaml")),
    ("workflows/channels/contracts.yaml", include_str!("../../workflows/channels/contracts.yaml")),
    ("workflows/channels/bounces.yaml", include_str!("../../workflows/channels/bounces.yaml")),
    ("workflows/channels/center.yaml", include_str!("../../workflows/channels/center.yaml")),
    ("workflows/tests/paper_normal.yaml", include_str!("../../workflows/tests/paper_normal.yaml")),
    ("workflows/tests/paper_seal.yaml", include_str!("../../workflows/tests/paper_seal.yaml")),
    (
        "workflows/tests/accrual_four_eyes.yaml",
        include_str!("../../workflows/tests/accrual_four_eyes.yaml"),
    ),
    (
        "workflows/tests/accrual_errored.yaml",
        include_str!("../../workflows/tests/accrual_errored.yaml"),
    ),
    (
        "workflows/tests/accrual_no_result.yaml",
        include_str!("../../workflows/tests/accrual_no_result.yaml"),
    ),
    (
        "workflows/tests/accrual_normal.yaml",
        include_str!("../../workflows/tests/accrual_normal.yaml"),
    ),
    (
        "workflows/tests/accrual_overdue.yaml",
        include_str!("../../workflows/tests/accrual_overdue.yaml"),
    ),
    (
        "workflows/tests/accrual_send_back.yaml",
        include_str!("../../workflows/tests/accrual_send_back.yaml"),
    ),
    (
        "workflows/tests/accrual_withdraw.yaml",
        include_str!("../../workflows/tests/accrual_withdraw.yaml"),
    ),
    (
        "workflows/tests/assignment_escalation.yaml",
        include_str!("../../workflows/tests/assignment_escalation.yaml"),
    ),
    (
        "workflows/tests/cancellation_normal.yaml",
        include_str!("../../workflows/tests/cancellation_normal.yaml"),
    ),
    (
        "workflows/tests/cancellation_too_late.yaml",
        include_str!("../../workflows/tests/cancellation_too_late.yaml"),
    ),
    (
        "workflows/tests/change_deputies_signed_the_desk.yaml",
        include_str!("../../workflows/tests/change_deputies_signed_the_desk.yaml"),
    ),
    (
        "workflows/tests/change_form_lacks_consent.yaml",
        include_str!("../../workflows/tests/change_form_lacks_consent.yaml"),
    ),
    (
        "workflows/tests/accrual_creditor_consented.yaml",
        include_str!("../../workflows/tests/accrual_creditor_consented.yaml"),
    ),
    (
        "workflows/tests/accrual_creditor_denied.yaml",
        include_str!("../../workflows/tests/accrual_creditor_denied.yaml"),
    ),
    (
        "workflows/tests/accrual_creditor_silence.yaml",
        include_str!("../../workflows/tests/accrual_creditor_silence.yaml"),
    ),
    (
        "workflows/tests/accrual_creditor_elsewhere.yaml",
        include_str!("../../workflows/tests/accrual_creditor_elsewhere.yaml"),
    ),
    (
        "workflows/tests/change_consented.yaml",
        include_str!("../../workflows/tests/change_consented.yaml"),
    ),
    (
        "workflows/tests/discount_normal.yaml",
        include_str!("../../workflows/tests/discount_normal.yaml"),
    ),
    (
        "workflows/tests/discount_refused.yaml",
        include_str!("../../workflows/tests/discount_refused.yaml"),
    ),
    (
        "workflows/tests/institution_transfer_2019_07_08.yaml",
        include_str!("../../workflows/tests/institution_transfer_2019_07_08.yaml"),
    ),
    (
        "workflows/tests/institution_transfer_2019_07_05.yaml",
        include_str!("../../workflows/tests/institution_transfer_2019_07_05.yaml"),
    ),
    (
        "workflows/tests/institution_transfer_2020_01_31.yaml",
        include_str!("../../workflows/tests/institution_transfer_2020_01_31.yaml"),
    ),
    (
        "workflows/tests/institution_transfer_2020_02_03.yaml",
        include_str!("../../workflows/tests/institution_transfer_2020_02_03.yaml"),
    ),
    (
        "workflows/tests/institution_transfer_no_consent.yaml",
        include_str!("../../workflows/tests/institution_transfer_no_consent.yaml"),
    ),
    (
        "workflows/tests/change_online.yaml",
        include_str!("../../workflows/tests/change_online.yaml"),
    ),
    ("workflows/tests/change_paper.yaml", include_str!("../../workflows/tests/change_paper.yaml")),
    (
        "workflows/tests/disclosure_normal.yaml",
        include_str!("../../workflows/tests/disclosure_normal.yaml"),
    ),
    (
        "workflows/tests/disclosure_refused.yaml",
        include_str!("../../workflows/tests/disclosure_refused.yaml"),
    ),
    (
        "workflows/tests/guarantee_normal.yaml",
        include_str!("../../workflows/tests/guarantee_normal.yaml"),
    ),
    (
        "workflows/tests/guarantee_not_permitted.yaml",
        include_str!("../../workflows/tests/guarantee_not_permitted.yaml"),
    ),
    (
        "workflows/tests/payment_normal.yaml",
        include_str!("../../workflows/tests/payment_normal.yaml"),
    ),
    (
        "workflows/tests/payment_sent_back.yaml",
        include_str!("../../workflows/tests/payment_sent_back.yaml"),
    ),
    (
        "workflows/tests/publication_two_people.yaml",
        include_str!("../../workflows/tests/publication_two_people.yaml"),
    ),
    (
        "workflows/tests/contract_normal.yaml",
        include_str!("../../workflows/tests/contract_normal.yaml"),
    ),
    (
        "workflows/tests/contract_papers_missing.yaml",
        include_str!("../../workflows/tests/contract_papers_missing.yaml"),
    ),
    (
        "workflows/tests/contract_number_wrong.yaml",
        include_str!("../../workflows/tests/contract_number_wrong.yaml"),
    ),
    (
        "workflows/tests/contract_refused.yaml",
        include_str!("../../workflows/tests/contract_refused.yaml"),
    ),
    (
        "workflows/tests/contract_week.yaml",
        include_str!("../../workflows/tests/contract_week.yaml"),
    ),
    (
        "workflows/tests/contract_change_normal.yaml",
        include_str!("../../workflows/tests/contract_change_normal.yaml"),
    ),
    (
        "workflows/tests/contract_change_sent_back.yaml",
        include_str!("../../workflows/tests/contract_change_sent_back.yaml"),
    ),
    (
        "workflows/tests/contract_end_normal.yaml",
        include_str!("../../workflows/tests/contract_end_normal.yaml"),
    ),
    (
        "workflows/tests/contract_end_refused.yaml",
        include_str!("../../workflows/tests/contract_end_refused.yaml"),
    ),
    (
        "workflows/tests/customers_two_people.yaml",
        include_str!("../../workflows/tests/customers_two_people.yaml"),
    ),
    (
        "workflows/tests/outages_two_people.yaml",
        include_str!("../../workflows/tests/outages_two_people.yaml"),
    ),
    (
        "workflows/tests/keys_two_people.yaml",
        include_str!("../../workflows/tests/keys_two_people.yaml"),
    ),
    (
        "workflows/tests/resends_two_people.yaml",
        include_str!("../../workflows/tests/resends_two_people.yaml"),
    ),
    (
        "workflows/tests/users_two_people.yaml",
        include_str!("../../workflows/tests/users_two_people.yaml"),
    ),
    (
        "workflows/tests/claims_two_people.yaml",
        include_str!("../../workflows/tests/claims_two_people.yaml"),
    ),
    ("workflows/calendars/bank_jp.csv", include_str!("../../workflows/calendars/bank_jp.csv")),
    (
        "workflows/schedules/waiting_list.yaml",
        include_str!("../../workflows/schedules/waiting_list.yaml"),
    ),
    (
        "workflows/schedules/daily_report.yaml",
        include_str!("../../workflows/schedules/daily_report.yaml"),
    ),
    (
        "workflows/schemas/flow.schema.json",
        include_str!("../../workflows/schemas/flow.schema.json"),
    ),
    (
        "workflows/schemas/part.schema.json",
        include_str!("../../workflows/schemas/part.schema.json"),
    ),
    (
        "workflows/schemas/channel.schema.json",
        include_str!("../../workflows/schemas/channel.schema.json"),
    ),
    (
        "workflows/schemas/schedule.schema.json",
        include_str!("../../workflows/schemas/schedule.schema.json"),
    ),
    (
        "workflows/schemas/profile.schema.json",
        include_str!("../../workflows/schemas/profile.schema.json"),
    ),
    ("workflows/profiles/payables.yaml", include_str!("../../workflows/profiles/payables.yaml")),
    (
        "workflows/schemas/golden.schema.json",
        include_str!("../../workflows/schemas/golden.schema.json"),
    ),
    (densai::LAYOUT, densai::SHIPPED),
    (densai::RESULT_LAYOUT, densai::SHIPPED_RESULT),
    (transfer::LAYOUT, transfer::SHIPPED),
    (debit::LAYOUT, debit::SHIPPED),
    (FEES, SHIPPED_FEES),
    (
        "workflows/schedules/due_reminders.yaml",
        include_str!("../../workflows/schedules/due_reminders.yaml"),
    ),
    ("workflows/schedules/fees.yaml", include_str!("../../workflows/schedules/fees.yaml")),
    ("workflows/submitters.csv", include_str!("../../workflows/submitters.csv")),
    ("templates/words.toml", include_str!("../../templates/words.toml")),
    ("templates/forms/change.toml", include_str!("../../templates/forms/change.toml")),
    ("templates/forms/disclosure.toml", include_str!("../../templates/forms/disclosure.toml")),
    (
        "templates/forms/institution_transfer.toml",
        include_str!("../../templates/forms/institution_transfer.toml"),
    ),
    ("templates/return_reasons.txt", include_str!("../../templates/return_reasons.txt")),
    ("templates/mail/_footer.txt", include_str!("../../templates/mail/_footer.txt")),
    ("templates/mail/accepted.txt", include_str!("../../templates/mail/accepted.txt")),
    (
        "templates/mail/approval_request.txt",
        include_str!("../../templates/mail/approval_request.txt"),
    ),
    (
        "templates/mail/consent_request.txt",
        include_str!("../../templates/mail/consent_request.txt"),
    ),
    ("templates/mail/settled.txt", include_str!("../../templates/mail/settled.txt")),
    ("templates/mail/decision.txt", include_str!("../../templates/mail/decision.txt")),
    ("templates/mail/tried.txt", include_str!("../../templates/mail/tried.txt")),
    ("templates/mail/security.txt", include_str!("../../templates/mail/security.txt")),
    ("templates/mail/other_side.txt", include_str!("../../templates/mail/other_side.txt")),
    (
        "templates/mail/contract_request.txt",
        include_str!("../../templates/mail/contract_request.txt"),
    ),
    (
        "templates/mail/contract_progress.txt",
        include_str!("../../templates/mail/contract_progress.txt"),
    ),
    (
        "templates/mail/contract_notice.txt",
        include_str!("../../templates/mail/contract_notice.txt"),
    ),
    ("templates/mail/approved.txt", include_str!("../../templates/mail/approved.txt")),
    ("templates/mail/held_duplicate.txt", include_str!("../../templates/mail/held_duplicate.txt")),
    ("templates/mail/rejected.txt", include_str!("../../templates/mail/rejected.txt")),
    ("templates/mail/rejected_file.txt", include_str!("../../templates/mail/rejected_file.txt")),
    ("templates/mail/sheets_missing.txt", include_str!("../../templates/mail/sheets_missing.txt")),
    ("templates/mail/returned.txt", include_str!("../../templates/mail/returned.txt")),
    ("inbox/README.txt", include_str!("../../inbox/README.txt")),
    ("outbox/README.txt", include_str!("../../outbox/README.txt")),
];

/// The sample's submitters.
const SUBMITTERS: &str = "channel,submitter,name,desk,email,encoding,pattern,owners\n\
    customers,1AB2CD3EF,株式会社見本製作所,001,keiri@mihon.example.jp,cp932,single,\n\
    customers,9XY8WV7UT,髙﨑商事株式会社,001,keiri@takasaki.example.jp,utf8-bom,double_ordered,\n\
    branches,001,本店営業部,001,honten@bank.example.jp,cp932,none,\n\
    contracts,001,本店営業部,001,honten@bank.example.jp,cp932,none,\n\
    center,densai,記録機関,001,kekka@center.example.jp,utf8-bom,none,\n\
    fax,001,本店営業部,001,honten@bank.example.jp,cp932,none,\n\
    bounces,mail,メールサーバー,001,postmaster@bank.example.jp,utf8-bom,none,\n";

/// The sample's people: user ID, name, organisation, role or authority.
pub(super) const PEOPLE: &[(&str, &str, &str, &str)] = &[
    ("yamada01", "山田 太郎", "1AB2CD3EF", "approve;master"),
    ("takasaki1", "髙﨑 眞由美", "9XY8WV7UT", "approve;master"),
    ("takasaki2", "渡邊 德子", "9XY8WV7UT", "approve"),
    ("suzuki01", "鈴木 一郎", "001", "clerk"),
    ("ito00001", "伊藤 健", "001", "clerk"),
    ("kato0001", "加藤 由美", "001", "lender"),
    ("sato0001", "佐藤 花子", "001", "checker"),
    ("tanaka01", "田中 次郎", "001", "checker"),
    ("mori0001", "森 恵子", "001", "manager"),
    ("koba0001", "小林 正", "001", "deputy"),
    ("honda001", "本田 誠", "001", "office"),
    ("ueda0001", "上田 由紀", "001", "office"),
    ("ikeda001", "池田 操", "1AB2CD3EF", "operate"),
];

/// Where the sample's people and passwords are listed.
pub(super) const USERS_FILE: &str = "SAMPLE-USERS.txt";

/// Arguments of `kessai init`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 作るフォルダ / the folder to make
    root: PathBuf,
    /// 試すための利用者と顧客も作る / with people and customers to try
    #[arg(long)]
    sample: bool,
}

/// Runs `kessai init`.
pub(super) fn run(args: &Args, world: &World, out: &mut dyn Write) -> Result<Outcome, Error> {
    let root = Root::new(&args.root);
    if root.path.join("kessai.toml").exists() {
        let what = format!("{} にはすでに kessai.toml があります。", args.root.display());
        return Err(Error::Usage(what));
    }
    make(&root, args.sample)?;
    // The authority that vouches for mails; its certificate can be published before the first one.
    root.signer(&Settings::default(), &world.random, world.clock.now())?;
    if args.sample {
        let random = std::sync::Arc::clone(&world.random);
        let open = root.open(world)?;
        enrol(&open.desk, &root, random.as_ref())?;
    }
    writeln!(out, "{} を作りました。", args.root.display())?;
    if args.sample {
        writeln!(out, "試すための利用者とパスワードは {USERS_FILE} にあります。")?;
    }
    writeln!(out, "次の一手: kessai run --root {}", args.root.display())?;
    Ok(Outcome::Well)
}

/// Writes the files of a fresh root.
pub(super) fn make(root: &Root, sample: bool) -> Result<(), Error> {
    for (name, text) in FILES {
        let text = if sample && *name == "workflows/submitters.csv" { SUBMITTERS } else { text };
        write(&root.path.join(name), text, 0o644)?;
    }
    for door in ["customers", "branches", "fax", "contracts", "test", "center", "bounces"] {
        let path = root.inbox().join(door);
        fs::create_dir_all(&path).map_err(|cause| Error::world("cannot make", &path, cause))?;
    }
    if sample {
        for row in SUBMITTERS.lines().skip(1) {
            let path = root.inbox().join(row.split(',').take(2).collect::<Vec<_>>().join("/"));
            // Whoever may write into a submitter's folder is that submitter.
            let made = fs::DirBuilder::new().recursive(true).mode(0o770).create(&path);
            made.map_err(|cause| Error::world("cannot make", &path, cause))?;
        }
    }
    let var = root.var();
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&var)
        .map_err(|cause| Error::world("cannot make", &var, cause))
}

/// Registers the sample's people and lists them with their passwords.
pub(super) fn enrol(desk: &Desk, root: &Root, random: &dyn Random) -> Result<(), Error> {
    let mut list = String::new();
    for (id, name, organisation, role) in PEOPLE {
        let passwords = Passwords { login: password(random), approval: password(random) };
        let place = UserNumber::parse(organisation)
            .map(Organisation::Customer)
            .or_else(|_| BranchCode::parse(organisation).map(Organisation::Branch));
        let (Ok(id), Ok(place)) = (UserId::parse(id), place) else {
            return Err(Error::Usage(format!("the sample's person {id} is not well formed")));
        };
        let email = format!("{id}@example.jp");
        let columns = [id.as_str(), &passwords.login, &passwords.approval, role, organisation];
        list.push_str(&columns.join("\t"));
        list.push('\n');
        let roles = role.split(';').map(str::to_owned).collect();
        let name = (*name).to_owned();
        let (stands_for, today) = (Vec::new(), Today::default());
        let organisation = place;
        let person = Person { id, name, organisation, roles, email, stands_for, today };
        desk.add_user(NewUser { person, passwords })
            .map_err(|failed| Error::Usage(failed.to_string()))?;
    }
    write(&root.path.join(USERS_FILE), &list, 0o600)
}

/// Sixteen letters and digits without those that look alike.
fn password(random: &dyn Random) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|cause: io::Error| Error::world("cannot write", path, cause))
}
