//! `kessai.toml`: every key has a default, unknown keys are mistakes, all mistakes come at once.

#[cfg(test)]
mod tests;
mod values;

use std::net::SocketAddr;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::channels::{Clamd, Tls};
use crate::domain::rules::{ClosedRecordDate, RuleSettings, normalise};
use crate::domain::{Account, BranchCode, Date};
use crate::pki::Signatory;
use crate::render::view::Environment;
use crate::service::FeeClient;
use crate::spool::{Limits, Owners};
use crate::workflow::{ApprovalDeadline, Mistake, Publication, cron_is_clear, nearest};

use values::{is_web_address, place, tls, tls_host, wish};

/// The file's name below the root.
pub const FILE: &str = "kessai.toml";

/// What `kessai.toml` says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `institution`: the name on papers.
    pub institution: String,
    /// `environment`: `production` or `test`.
    pub environment: Environment,
    /// `business_date`: the day the program believes it is; test environment only.
    pub business_date: Option<Date>,
    /// `[desk] branch`, `phone`, `hours`.
    pub desk: [String; 3],
    /// `[mail] name`, `address`: the sender.
    pub mail: [String; 2],
    /// `[mail] key`, `certificate`: what mails are signed with; both empty for the own authority.
    pub mail_key: [String; 2],
    /// `[mail] smtp`, `tls`, `user`, `password_file`, `ca`: the mail server; none keeps mails in
    /// the outbox.
    pub mail_server: Option<MailServer>,
    /// `[mail] test_to`: where all mail goes in the test environment.
    pub test_to: Option<String>,
    /// `[web] listen`: the address of the pages; without TLS loopback only.
    pub listen: String,
    /// `[web] base_url`: what links in mails begin with; `https://` serves the pages over TLS.
    pub base_url: String,
    /// `[web] certificate_listen`, `certificate_url`: where users who need a certificate come in,
    /// apart from the others; both empty where all come in at the one address.
    pub certificate_door: [String; 2],
    /// `[web] key`, `certificate`: what they are served with; both empty for the own authority.
    pub web_key: [String; 2],
    /// `[intake] scan_ms`: how often folders are looked at without being asked to; none goes by
    /// their file system.
    pub scan: Option<Duration>,
    /// `[intake] quiet_ms`: how long a file rests where no better evidence is to be had.
    pub quiet: Duration,
    /// `[intake] quiet_share_ms`: the same where the inbox is reached over a network.
    pub quiet_share: Duration,
    /// `[intake] wait_max_s`: how long a file may wait for its end.
    pub wait_max: Duration,
    /// `[intake] read_max_s`: how long a file may be read before the program ends itself: it hangs.
    pub read_max: Duration,
    /// `[intake] note_after_s`: when a waiting file gets its note.
    pub note_after: Duration,
    /// `[intake] owners`, `files_per_hour_max`, `open_files_max`, `bytes_per_day_max` and
    /// `free_…`: how much is taken in.
    pub limits: Limits,
    /// `[antivirus] clamd`, `timeout_s`, `bytes_max`: the virus scanner.
    pub antivirus: Clamd,
    /// `[rules] …` and `[intake] file_bytes_max`.
    pub rules: RuleSettings,
    /// `[rules] approval_deadline`: `15:00`.
    pub deadline: ApprovalDeadline,
    /// `[workflows] publication`: `file` or `two_people`.
    pub publication: Publication,
    /// `[workflows] office`: the branch whose folder takes changed rules (本部).
    pub office: Option<BranchCode>,
    /// `[fees] client_code`, `client_name`, `account`: the institution as the one that debits.
    pub fees: Option<FeeClient>,
    /// `[cron] verify` and `sweep`: when the journal is verified and `var/tmp` swept.
    pub cron: [String; 2],
}

/// The mail server as the settings name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its name and port.
    pub place: (String, u16),
    /// When connections are made safe.
    pub tls: Tls,
    /// Who logs in, and the file with the password; both empty for nobody.
    pub login: [String; 2],
    /// The file of authorities; empty for those of the system.
    pub ca: String,
}

impl Default for Settings {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            institution: text("見本信用金庫"),
            environment: Environment::Production,
            business_date: None,
            desk: [text("本店営業部"), text("000-000-0000"), text("平日 9:00～17:00")],
            mail: [text("でんさい受付"), text("densai@example.jp")],
            mail_key: Default::default(),
            mail_server: None,
            test_to: None,
            listen: text("127.0.0.1:8600"),
            base_url: text("http://127.0.0.1:8600"),
            certificate_door: Default::default(),
            web_key: Default::default(),
            scan: None,
            quiet: Duration::from_secs(2),
            quiet_share: Duration::from_secs(10),
            wait_max: Duration::from_mins(15),
            read_max: Duration::from_mins(10),
            note_after: Duration::from_mins(2),
            limits: Limits::default(),
            antivirus: Clamd::default(),
            rules: RuleSettings::default(),
            deadline: ApprovalDeadline::default(),
            publication: Publication::File,
            office: None,
            fees: None,
            cron: [text("0 30 2 * * *"), text("0 0 3 * * *")],
        }
    }
}

/// Every key there is.
const KEYS: [&str; 51] = [
    "institution",
    "environment",
    "business_date",
    "desk.branch",
    "desk.phone",
    "desk.hours",
    "mail.name",
    "mail.address",
    "mail.key",
    "mail.certificate",
    "mail.smtp",
    "mail.tls",
    "mail.user",
    "mail.password_file",
    "mail.ca",
    "mail.test_to",
    "web.listen",
    "web.base_url",
    "web.certificate_listen",
    "web.certificate_url",
    "web.key",
    "web.certificate",
    "intake.scan_ms",
    "intake.quiet_ms",
    "intake.quiet_share_ms",
    "intake.wait_max_s",
    "intake.read_max_s",
    "intake.note_after_s",
    "intake.file_bytes_max",
    "intake.owners",
    "intake.files_per_hour_max",
    "intake.open_files_max",
    "intake.bytes_per_day_max",
    "intake.free_mib_low",
    "intake.free_mib_high",
    "intake.free_files_low",
    "intake.free_files_high",
    "antivirus.clamd",
    "antivirus.timeout_s",
    "antivirus.bytes_max",
    "rules.closed_record_date",
    "rules.tenor_years",
    "rules.findings_max",
    "rules.approval_deadline",
    "workflows.publication",
    "workflows.office",
    "fees.client_code",
    "fees.client_name",
    "fees.account",
    "cron.verify",
    "cron.sweep",
];

/// What `[mail]` says of the mail server.
const SERVER_KEYS: [&str; 5] =
    ["mail.smtp", "mail.tls", "mail.user", "mail.password_file", "mail.ca"];

impl Settings {
    /// Who mails come from, for the certificate that vouches for it.
    pub(super) fn signatory(&self) -> Signatory {
        let (institution, [name, address]) = (self.institution.clone(), self.mail.clone());
        Signatory { institution, name, address }
    }

    /// The host names and addresses a certificate of the pages must name: that of `base_url`
    /// first, then the one they listen on; none where they are served without TLS.
    pub(super) fn tls_hosts(&self) -> Vec<String> {
        let Some(first) = tls_host(&self.base_url) else { return Vec::new() };
        let mut hosts = vec![first];
        let [other_listen, other_url] = &self.certificate_door;
        hosts.extend(tls_host(other_url));
        for listen in [&self.listen, other_listen] {
            let listens = listen.parse::<SocketAddr>().map(|address| address.ip());
            // Every address of the machine is none a browser could name.
            let own = listens.ok().filter(|own| !own.is_unspecified());
            hosts.extend(own.map(|own| own.to_string()));
        }
        let mut named = std::collections::BTreeSet::new();
        hosts.retain(|host| named.insert(host.clone()));
        hosts
    }

    /// Whether the pages are served over TLS.
    pub(super) fn is_tls(&self) -> bool {
        tls_host(&self.base_url).is_some()
    }

    /// Reads the file's text, all mistakes at once.
    pub fn load(text: &str) -> Result<Self, Vec<Mistake>> {
        let mut reading = Reading {
            text,
            mistakes: Vec::new(),
            settings: Self::default(),
            fees: Default::default(),
            mail_server: Default::default(),
        };
        match DeTable::parse(text) {
            Ok(table) => reading.table("", table.get_ref()),
            Err(error) => {
                let span = error.span().unwrap_or_default();
                reading.say(span, "TOML として読めません。", error.message());
            }
        }
        reading.check_whole();
        if reading.mistakes.is_empty() { Ok(reading.settings) } else { Err(reading.mistakes) }
    }
}

struct Reading<'t> {
    text: &'t str,
    mistakes: Vec<Mistake>,
    settings: Settings,
    /// What `[fees]` says, key by key.
    fees: [String; 3],
    /// What `[mail]` says of the mail server, by [`SERVER_KEYS`].
    mail_server: [String; 5],
}

impl Reading<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            if let (DeValue::Table(inner), "") = (value.get_ref(), prefix) {
                self.table(&format!("{name}."), inner);
            } else if KEYS.contains(&name.as_str()) {
                self.value(&name, value);
            } else {
                let near = nearest(&name, &KEYS).map_or_else(
                    || ("使える項目は説明をご覧ください。".to_owned(), "see the sample".to_owned()),
                    |near| {
                        (format!("「{near}」ではありませんか。"), format!("did you mean `{near}`?"))
                    },
                );
                let ja = format!("「{name}」という項目はありません。{}", near.0);
                self.say(key.span(), ja, format!("unknown key `{name}`; {}", near.1));
            }
        }
    }

    fn value(&mut self, name: &str, value: &Spanned<DeValue<'_>>) {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            _ => String::new(),
        };
        if !self.set(name, &text) {
            let (ja, en) = wish(name);
            let ja = format!("「{name}」の値が読めません。{ja}と書いてください。");
            self.say(value.span(), ja, format!("cannot read `{name}`; write {en}"));
        }
    }

    /// Sets one key; `false` when the value does not fit.
    fn set(&mut self, name: &str, text: &str) -> bool {
        let settings = &mut self.settings;
        let number = text.parse::<u64>().ok();
        let put = |slot: &mut String| {
            text.clone_into(slot);
            !text.is_empty()
        };
        let time = |slot: &mut Duration, unit: fn(u64) -> Duration| {
            number.map(|number| *slot = unit(number)).is_some()
        };
        match name {
            "institution" => put(&mut settings.institution),
            "environment" => {
                settings.environment =
                    if text == "test" { Environment::Test } else { Environment::Production };
                matches!(text, "test" | "production")
            }
            "business_date" => {
                settings.business_date = Date::parse(text).ok();
                settings.business_date.is_some()
            }
            "desk.branch" => put(&mut settings.desk[0]),
            "desk.phone" => put(&mut settings.desk[1]),
            "desk.hours" => put(&mut settings.desk[2]),
            "mail.name" => put(&mut settings.mail[0]),
            "mail.address" => put(&mut settings.mail[1]) && text.contains('@'),
            "mail.key" => put(&mut settings.mail_key[0]),
            "mail.certificate" => put(&mut settings.mail_key[1]),
            "mail.test_to" => {
                settings.test_to = Some(text.to_owned());
                text.contains('@')
            }
            "web.listen" => put(&mut settings.listen) && text.parse::<SocketAddr>().is_ok(),
            "web.base_url" => put(&mut settings.base_url) && is_web_address(text),
            "web.certificate_listen" => {
                put(&mut settings.certificate_door[0]) && text.parse::<SocketAddr>().is_ok()
            }
            "web.certificate_url" => {
                put(&mut settings.certificate_door[1]) && tls_host(text).is_some()
            }
            "web.key" => put(&mut settings.web_key[0]),
            "web.certificate" => put(&mut settings.web_key[1]),
            "intake.scan_ms" => {
                let every = number.filter(|every| *every > 0);
                settings.scan = every.map(Duration::from_millis);
                number.is_some()
            }
            "intake.quiet_ms" => time(&mut settings.quiet, Duration::from_millis),
            "intake.quiet_share_ms" => time(&mut settings.quiet_share, Duration::from_millis),
            "intake.wait_max_s" => time(&mut settings.wait_max, Duration::from_secs),
            "intake.read_max_s" => time(&mut settings.read_max, Duration::from_secs),
            "intake.note_after_s" => time(&mut settings.note_after, Duration::from_secs),
            _ if name.starts_with("antivirus.") => self.set_antivirus(name, text),
            _ if SERVER_KEYS.contains(&name) => self.set_server(name, text),
            _ => self.set_rule(name, text),
        }
    }

    fn set_rule(&mut self, name: &str, text: &str) -> bool {
        let settings = &mut self.settings;
        let number = text.parse::<u64>().ok();
        match name {
            _ if name.starts_with("intake.") && name != "intake.file_bytes_max" => {
                self.set_limit(name, text)
            }
            "intake.file_bytes_max" => {
                number.map(|number| settings.rules.file_len_max = number).is_some()
            }
            "rules.closed_record_date" => {
                settings.rules.closed_record_date =
                    if text == "roll" { ClosedRecordDate::Roll } else { ClosedRecordDate::Reject };
                matches!(text, "roll" | "reject")
            }
            "rules.tenor_years" => {
                let years = number.and_then(|years| u32::try_from(years).ok());
                years.map(|years| settings.rules.tenor_years = years).is_some()
            }
            "rules.findings_max" => {
                let most = number.and_then(|most| usize::try_from(most).ok());
                most.map(|most| settings.rules.findings_max = most).is_some()
            }
            "rules.approval_deadline" => {
                let deadline = ApprovalDeadline::parse(text);
                deadline.map(|deadline| settings.deadline = deadline).is_some()
            }
            "workflows.publication" => {
                settings.publication =
                    if text == "file" { Publication::File } else { Publication::TwoPeople };
                matches!(text, "file" | "two_people")
            }
            "workflows.office" => {
                settings.office = BranchCode::parse(text).ok();
                settings.office.is_some()
            }
            "fees.client_code" | "fees.client_name" | "fees.account" => self.set_fees(name, text),
            "cron.verify" | "cron.sweep" => {
                text.clone_into(&mut settings.cron[usize::from(name == "cron.sweep")]);
                cron_is_clear(text)
            }
            _ => false,
        }
    }

    /// How much is taken in, key by key.
    fn set_limit(&mut self, name: &str, text: &str) -> bool {
        let limits = &mut self.settings.limits;
        if name == "intake.owners" {
            limits.owners = if text == "ignore" { Owners::Ignore } else { Owners::Check };
            return matches!(text, "check" | "ignore");
        }
        let Ok(number) = text.parse::<u64>() else { return false };
        let slot = match name {
            "intake.files_per_hour_max" => &mut limits.hour,
            "intake.open_files_max" => &mut limits.open,
            "intake.bytes_per_day_max" => &mut limits.day_bytes,
            "intake.free_mib_low" => &mut limits.bytes[0],
            "intake.free_mib_high" => &mut limits.bytes[1],
            "intake.free_files_low" => &mut limits.inodes[0],
            _ => &mut limits.inodes[1],
        };
        *slot = if name.contains("_mib_") { number.saturating_mul(1 << 20) } else { number };
        true
    }

    /// The virus scanner, key by key.
    fn set_antivirus(&mut self, name: &str, text: &str) -> bool {
        let (scanner, number) = (&mut self.settings.antivirus, text.parse::<u64>().ok());
        let number = number.filter(|number| *number > 0);
        match name {
            "antivirus.clamd" => {
                text.clone_into(&mut scanner.place);
                text.starts_with('/') || place(text).is_some()
            }
            "antivirus.timeout_s" => {
                number.map(|number| scanner.patience = Duration::from_secs(number)).is_some()
            }
            _ => number.map(|number| scanner.bytes_max = number).is_some(),
        }
    }

    /// The mail server, key by key.
    fn set_server(&mut self, name: &str, text: &str) -> bool {
        let index = SERVER_KEYS.iter().position(|known| *known == name);
        if let Some(part) = index.and_then(|at| self.mail_server.get_mut(at)) {
            text.clone_into(part);
        }
        match name {
            "mail.smtp" => place(text).is_some(),
            "mail.tls" => tls(text).is_some(),
            _ => !text.is_empty(),
        }
    }

    /// The institution as the one that debits, key by key.
    fn set_fees(&mut self, name: &str, text: &str) -> bool {
        let index = ["fees.client_code", "fees.client_name", "fees.account"]
            .iter()
            .position(|known| *known == name);
        let good = match name {
            "fees.client_code" => {
                (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
            }
            "fees.client_name" => !text.is_empty(),
            _ => Account::parse(text).is_some(),
        };
        if let Some(part) = index.and_then(|at| self.fees.get_mut(at)) {
            text.clone_into(part);
        }
        good
    }

    /// What only the whole file shows.
    fn check_whole(&mut self) {
        let [code, name, account] = &self.fees;
        let given = self.fees.iter().filter(|part| !part.is_empty()).count();
        if let (3, Some(account)) = (given, Account::parse(account)) {
            let (code, name) = (code.clone(), normalise(name).0.into_owned());
            self.settings.fees = Some(FeeClient { code, name, account });
        } else if given > 0 {
            let ja = "[fees] には client_code、client_name、account の三つを書いてください。";
            self.say(0..0, ja, "[fees] needs client_code, client_name and account");
        }
        for (table, [key, certificate]) in
            [("mail", self.settings.mail_key.clone()), ("web", self.settings.web_key.clone())]
        {
            if key.is_empty() != certificate.is_empty() {
                let ja = format!("[{table}] には key と certificate の両方を書いてください。");
                self.say(0..0, ja, format!("[{table}] needs both key and certificate"));
            }
        }
        let listens = self.settings.listen.parse::<SocketAddr>();
        let is_near = listens.is_ok_and(|address| address.ip().is_loopback());
        if self.settings.tls_hosts().is_empty() && !is_near {
            let ja = "web.listen をこのPCの外に開くには、web.base_url を https:// にしてください。";
            self.say(0..0, ja, "beyond loopback web.base_url must be https://");
        }
        let [listen, url] = self.settings.certificate_door.clone();
        if listen.is_empty() != url.is_empty() || (!url.is_empty() && !self.settings.is_tls()) {
            let ja = "[web] には certificate_listen と certificate_url の両方を書き、\
                      base_url も https:// にしてください。";
            let en =
                "[web] needs both certificate_listen and certificate_url, and an https base_url";
            self.say(0..0, ja, en);
        }
        let [smtp, tls_name, user, password, ca] = self.mail_server.clone();
        if user.is_empty() != password.is_empty() {
            let ja = "[mail] には user と password_file の両方を書いてください。";
            self.say(0..0, ja, "[mail] needs both user and password_file");
        }
        let tls = tls(&tls_name);
        if let (Some(place), Some(tls)) = (place(&smtp), tls) {
            let login = [user, password];
            self.settings.mail_server = Some(MailServer { place, tls, login, ca });
        } else if [smtp, tls_name, user, ca].iter().any(|part| !part.is_empty()) {
            let ja = "メールサーバーを使うときは、[mail] に smtp と tls の両方を書いてください。";
            self.say(0..0, ja, "[mail] needs both smtp and tls for a mail server");
        }
        let Limits { bytes: [low, high], inodes: [few, enough], .. } = self.settings.limits;
        if low > high || few > enough {
            let ja = "[intake] の free_…_high は free_…_low より小さくできません。";
            self.say(0..0, ja, "[intake] free_…_high must not be below free_…_low");
        }
        let test = self.settings.environment == Environment::Test;
        if self.settings.business_date.is_some() && !test {
            let ja = "business_date は environment = \"test\" のときだけ使えます。";
            self.say(0..0, ja, "business_date is for the test environment only");
        }
        if test && self.settings.test_to.is_none() {
            let ja =
                "environment = \"test\" では mail.test_to にすべてのメールの宛先を書いてください。";
            self.say(0..0, ja, "the test environment needs mail.test_to");
        }
    }

    fn say(&mut self, span: std::ops::Range<usize>, ja: impl Into<String>, en: impl Into<String>) {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let length = self.text.get(span.clone()).unwrap_or_default().chars().count().max(1);
        let line = if span.is_empty() { 0 } else { before.matches('\n').count() + 1 };
        let (file, ja, en) = (FILE.to_owned(), ja.into(), en.into());
        self.mistakes.push(Mistake { file, line, column, length, ja, en });
    }
}
