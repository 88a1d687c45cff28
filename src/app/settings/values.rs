//! How single values of `kessai.toml` are written, and what to write where one cannot be read.

use crate::channels::Tls;

/// Whether `text` is an address links can begin with: scheme and host.
pub(super) fn is_web_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with([':', '/']))
}

/// `smtp.example.jp:587` as name and port.
pub(super) fn place(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

pub(super) fn tls(text: &str) -> Option<Tls> {
    match text {
        "starttls" => Some(Tls::StartTls),
        "implicit" => Some(Tls::Implicit),
        _ => None,
    }
}

/// The host of an address that begins with `https://`.
pub(super) fn tls_host(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => authority.split(':').next(),
    };
    host.filter(|host| !host.is_empty()).map(str::to_ascii_lowercase)
}

/// What to write for a key, in Japanese and English.
pub(super) fn wish(name: &str) -> (&'static str, &'static str) {
    match name {
        "environment" => ("\"production\" か \"test\" ", "\"production\" or \"test\""),
        "business_date" => ("\"2026-12-01\" のよう", "a date like \"2026-12-01\""),
        "web.listen" => ("\"127.0.0.1:8600\" のよう", "an address like \"127.0.0.1:8600\""),
        "web.certificate_listen" => ("\"0.0.0.0:8601\" のよう", "an address like \"0.0.0.0:8601\""),
        "web.certificate_url" => ("\"https://…\" のよう", "an address like \"https://…\""),
        "web.base_url" => ("\"https://127.0.0.1:8600\" のよう", "an address like \"https://…\""),
        "mail.address" | "mail.test_to" => ("\"name@example.jp\" のよう", "a mail address"),
        "antivirus.clamd" => (
            "\"/run/clamav/clamd.ctl\" か \"127.0.0.1:3310\" のよう",
            "the path of its socket, or a name and a port",
        ),
        "mail.smtp" => ("\"smtp.example.jp:587\" のよう", "name and port of the mail server"),
        "mail.tls" => ("\"starttls\" か \"implicit\" ", "\"starttls\" or \"implicit\""),
        "rules.closed_record_date" => ("\"reject\" か \"roll\" ", "\"reject\" or \"roll\""),
        "rules.approval_deadline" => ("\"15:00\" のよう", "a time like \"15:00\""),
        "workflows.publication" => ("\"file\" か \"two_people\" ", "\"file\" or \"two_people\""),
        "workflows.office" => ("\"001\" のような店番", "a branch code like \"001\""),
        "fees.client_code" => ("\"1234567890\" のような10桁までの数字", "up to ten digits"),
        "fees.account" => {
            ("\"0001-001-2-0123456\" のよう", "an account like \"0001-001-2-0123456\"")
        }
        "cron.verify" | "cron.sweep" => (
            "\"0 30 2 * * *\" のよう（秒 分 時 日 月 曜日、曜日は Mon-Fri のような名前で）",
            "six fields like \"0 30 2 * * *\", weekdays by name",
        ),
        "intake.owners" => ("\"check\" か \"ignore\" ", "\"check\" or \"ignore\""),
        _ if name.starts_with("intake.free_") => ("数", "a number"),
        _ if name.ends_with("_ms") || name.ends_with("_s") || name.ends_with("_max") => {
            ("数", "a number")
        }
        "rules.tenor_years" => ("数", "a number"),
        _ => ("引用符に入れた文字", "text in quotes"),
    }
}
