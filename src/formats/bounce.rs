//! Mails that tell what became of a mail of ours (delivery status, RFC 3464), from whatever server.
//!
//! Anybody can write such a mail, so nothing of it is believed but which mail it speaks of, that
//! it failed, and the server's words, shortened. It refuses whatever is no such mail; whether the
//! mail was ours is not known here. Read [`Bounce`] first.

use std::borrow::Cow;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};

use super::file_finding;
use crate::domain::{Code, Finding, NoticeNo};

/// The longest mail that is read, in bytes: the original may be attached, with its papers.
pub const BOUNCE_BYTES_MAX: usize = 4 << 20;
/// Parts that are looked at, and how deep one lies in another.
const PARTS_MAX: usize = 64;
const DEPTH_MAX: usize = 3;
/// The longest part that is read as text, in bytes.
const TEXT_MAX: usize = 64 << 10;
/// Mails one bounce may speak of.
const MAILS_MAX: usize = 8;
/// The longest words of a server, in characters.
const WORDS_MAX: usize = 200;

/// What a bounce says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounce {
    /// The Message-IDs of what it speaks of, as written.
    pub message_ids: Vec<String>,
    /// The notice numbers in the text of the original.
    pub notices: Vec<NoticeNo>,
    /// Whether the mail failed for good, or is only late.
    pub lasting: Lasting,
    /// Why, in the words of the server; one line.
    pub why: String,
}

/// For how long something is so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lasting {
    /// The server goes on trying, or did deliver.
    #[default]
    ForNow,
    /// It gave up.
    ForGood,
}

/// Reads a bounce.
///
/// Errs with one finding where it is too long, no mail, or no mail about another one.
pub fn read_bounce(bytes: &[u8]) -> Result<Bounce, Finding> {
    if bytes.len() > BOUNCE_BYTES_MAX {
        let ja = "メールが大きすぎるため、読んでいません。";
        return Err(not_ours(ja, "the mail is too long and was not read"));
    }
    let mail = MessageParser::default().parse(bytes);
    let mail = mail
        .filter(|mail| !mail.headers().is_empty())
        .ok_or_else(|| not_ours("メールとして読めません。", "it cannot be read as a mail"))?;
    let mut said = Said::default();
    said.look_at(&mail, 0);
    if said.status.is_empty() {
        said.guess(&mail);
    }
    if said.status.is_empty() {
        let ja = "届かなかったことを知らせるメールではありません。";
        return Err(not_ours(ja, "it is no mail about a mail that did not arrive"));
    }
    let failed = said.status.iter().find(|status| status.is_failed());
    let status = failed.or(said.status.first());
    Ok(Bounce {
        lasting: if failed.is_some() { Lasting::ForGood } else { Lasting::ForNow },
        why: status.map(Status::words).unwrap_or_default(),
        message_ids: said.message_ids,
        notices: said.notices,
    })
}

/// A finding about a file that tells of no mail of ours.
pub fn not_ours(ja: &str, en: &str) -> Finding {
    file_finding(Code::Bounce, 0, String::new(), ja, en)
}

/// What is gathered while reading.
#[derive(Default)]
struct Said {
    message_ids: Vec<String>,
    notices: Vec<NoticeNo>,
    status: Vec<Status>,
    parts: usize,
}

/// What became of a mail for one recipient.
#[derive(Default)]
struct Status {
    /// `failed`, `delayed`, `delivered`, …
    action: String,
    /// `5.1.1`
    code: String,
    /// What the server said.
    diagnostic: String,
}

impl Status {
    /// An action of `failed` counts unless the code says that it is not for good.
    fn is_failed(&self) -> bool {
        match self.action.as_str() {
            "failed" => !self.code.starts_with('4'),
            "" => self.code.starts_with('5'),
            _ => false,
        }
    }

    fn words(&self) -> String {
        let Self { action, code, diagnostic } = self;
        let words = if diagnostic.is_empty() { action } else { diagnostic };
        let words = if words.contains(code.as_str()) || code.is_empty() {
            words.clone()
        } else {
            format!("{code} {words}")
        };
        one_line(&words)
    }
}

impl Said {
    /// Looks at every part of a mail, and at mails within it.
    fn look_at(&mut self, mail: &Message<'_>, depth: usize) {
        for part in &mail.parts {
            self.parts += 1;
            if self.parts > PARTS_MAX {
                return;
            }
            let kind = part.content_type().map(|kind| {
                let sub = kind.subtype().unwrap_or_default().to_ascii_lowercase();
                (kind.ctype().to_ascii_lowercase(), sub)
            });
            let kind = kind.unwrap_or_default();
            match (kind.0.as_str(), kind.1.as_str(), &part.body) {
                (_, _, PartType::Message(original)) if depth < DEPTH_MAX => {
                    self.original(original);
                    self.look_at(original, depth + 1);
                }
                ("message", "delivery-status" | "global-delivery-status", _) => {
                    self.delivery_status(&text(part));
                }
                ("text", "rfc822-headers", _) => self.quoted(&text(part)),
                _ => {}
            }
        }
    }

    /// Which mail of ours it was.
    fn original(&mut self, original: &Message<'_>) {
        self.mail_id(original.message_id().unwrap_or_default());
        let body = original.body_text(0).unwrap_or_default();
        for line in cut(&body).lines() {
            // So the footer of our mails has it.
            let number = line.trim().strip_prefix("お知らせ番号");
            let number = number.and_then(|rest| {
                let rest = rest.trim_start();
                rest.split(|c: char| !c.is_ascii_digit() && c != '-').next()?.parse().ok()
            });
            let known = number.is_some_and(|number| self.notices.contains(&number));
            if self.notices.len() < MAILS_MAX && !known {
                self.notices.extend(number);
            }
        }
    }

    fn mail_id(&mut self, id: &str) {
        let fits = !id.is_empty() && self.message_ids.len() < MAILS_MAX;
        if fits && !self.message_ids.iter().any(|known| known == id) {
            self.message_ids.push(id.to_owned());
        }
    }

    /// Headers of the original, quoted as text.
    fn quoted(&mut self, text: &str) {
        for (name, value) in fields(text).into_iter().flatten() {
            if name == "message-id" {
                self.mail_id(&value);
            }
        }
    }

    fn delivery_status(&mut self, text: &str) {
        for group in fields(text) {
            let mut status = Status::default();
            for (name, value) in group {
                match name.as_str() {
                    "action" => status.action = value.trim().to_ascii_lowercase(),
                    "status" => {
                        let code = value.split_whitespace().next().unwrap_or_default();
                        code.clone_into(&mut status.code);
                    }
                    "diagnostic-code" => {
                        let said = value.split_once(';').map_or(value.as_str(), |(_, said)| said);
                        said.trim().clone_into(&mut status.diagnostic);
                    }
                    _ => {}
                }
            }
            if !status.action.is_empty() || !status.code.is_empty() {
                self.status.push(status);
            }
        }
    }

    /// A bounce of an old server: plain text that quotes the server, and the original below it or
    /// attached. An answering machine's mail has neither.
    fn guess(&mut self, mail: &Message<'_>) {
        let body = mail.body_text(0).unwrap_or_default();
        let body = cut(&body);
        for line in body.lines() {
            if let Some((name, value)) = line.trim_start_matches(['>', ' ']).split_once(':')
                && name.eq_ignore_ascii_case("message-id")
            {
                self.mail_id(value.trim());
            }
        }
        if self.message_ids.is_empty() {
            return;
        }
        let coded = body.lines().find_map(|line| Some((reply_of(line)?, line)));
        if let Some((code, line)) = coded {
            let diagnostic = line.trim().to_owned();
            self.status.push(Status { action: String::new(), code, diagnostic });
            return;
        }
        let subject = mail.subject().unwrap_or_default();
        let lower = subject.to_lowercase();
        let failed =
            ["undeliver", "failure", "returned mail", "届きません", "配信不能", "配信できません"];
        if failed.iter().any(|word| lower.contains(word)) {
            let (action, diagnostic) = ("failed".to_owned(), subject.to_owned());
            self.status.push(Status { action, code: String::new(), diagnostic });
        }
    }
}

/// The answer of a server in a line of text: `5.1.1`, or `5.0.0` for a bare `550`.
fn reply_of(line: &str) -> Option<String> {
    let word = |c: char| !(c.is_ascii_digit() || c == '.');
    let words: Vec<&str> = line.split(word).map(|word| word.trim_matches('.')).collect();
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let enhanced = words.iter().find(|word| {
        let parts: Vec<&str> = word.split('.').collect();
        let [class, subject, detail] = parts.as_slice() else { return false };
        matches!(*class, "4" | "5") && digits(subject, 3) && digits(detail, 3)
    });
    let bare = || {
        let is_reply = |word: &&&str| digits(word, 3) && word.len() == 3;
        let reply = words
            .iter()
            .find(|word| is_reply(word) && matches!(word.bytes().next(), Some(b'4' | b'5')))?;
        Some(format!("{}.0.0", reply.chars().next()?))
    };
    enhanced.map(|word| (*word).to_owned()).or_else(bare)
}

/// The text of a part, as far as it is read.
fn text<'p>(part: &'p MessagePart<'_>) -> Cow<'p, str> {
    let bytes = part.contents();
    String::from_utf8_lossy(bytes.get(..TEXT_MAX).unwrap_or(bytes))
}

/// As much of a text as is read.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(TEXT_MAX);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

/// Groups of fields with their names in small letters; a line that begins with a space goes on.
fn fields(text: &str) -> Vec<Vec<(String, String)>> {
    let mut groups = vec![Vec::new()];
    for line in text.lines() {
        let group = groups.last_mut();
        match (group, line.split_once(':')) {
            (_, _) if line.trim().is_empty() => groups.push(Vec::new()),
            (Some(group), _) if line.starts_with([' ', '\t']) => {
                if let Some((_, value)) = group.last_mut() {
                    *value = format!("{value} {}", line.trim());
                }
            }
            (Some(group), Some((name, value))) => {
                group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
            _ => {}
        }
    }
    groups.retain(|group: &Vec<_>| !group.is_empty());
    groups
}

/// Words that are shown to people: one line, no controls, not too long.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    plain.chars().take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef@example.jp";

    /// A report of a server on what became of a mail.
    fn report(status: &str, original: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example.jp\r\nSubject: Undelivered Mail\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.example.jp\r\n\r\n{status}\r\n\
             --b\r\n{original}\r\n--b--\r\n"
        )
    }

    fn headers() -> String {
        format!("Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID: <{ID}>\r\n")
    }

    #[test]
    fn a_report_of_a_failed_mail_names_it_and_says_why() {
        let failed = "Final-Recipient: rfc822; a@example.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n\
                      Diagnostic-Code: smtp; 550 5.1.1 <a@example.jp>\r\n  User unknown\x07\r\n";
        let bounce = read_bounce(report(failed, &headers()).as_bytes()).unwrap();
        assert_eq!(bounce.lasting, Lasting::ForGood);
        assert_eq!(bounce.why, "550 5.1.1 <a@example.jp> User unknown");
        assert_eq!(bounce.message_ids, [format!("<{ID}>")]);
    }

    #[test]
    fn what_is_only_late_or_has_arrived_is_not_for_good() {
        for status in [
            "Action: delayed\r\nStatus: 4.4.1\r\n",
            "Action: delivered\r\nStatus: 2.0.0\r\n",
            "Action: failed\r\nStatus: 4.7.1\r\n",
        ] {
            let bounce = read_bounce(report(status, &headers()).as_bytes()).unwrap();
            assert_eq!(bounce.lasting, Lasting::ForNow, "{status}");
        }
    }

    #[test]
    fn the_original_tells_its_message_id_and_its_notice_number() {
        let original = format!(
            "Content-Type: message/rfc822\r\n\r\nMessage-ID: <{ID}>\r\nSubject: x\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\nお知らせ番号 48213-2-8（お問い合わせ）\r\n"
        );
        let text = report("Action: failed\r\nStatus: 5.2.2\r\n", &original);
        let bounce = read_bounce(text.as_bytes()).unwrap();
        assert_eq!(bounce.message_ids, [ID]);
        assert_eq!(bounce.notices, [NoticeNo::new(48_213, 2)]);
        assert_eq!(bounce.why, "5.2.2 failed");
    }

    #[test]
    fn an_old_servers_plain_words_are_understood_and_an_answering_machine_is_not_taken_for_one() {
        let old = format!(
            "From: postmaster@old.example.jp\r\nSubject: Returned mail\r\n\r\n\
             <a@example.jp>:\r\n550 no such mailbox\r\n\r\n--- below is a copy\r\n\
             Message-ID: <{ID}>\r\nSubject: x\r\n"
        );
        let bounce = read_bounce(old.as_bytes()).unwrap();
        assert_eq!(
            (bounce.lasting, bounce.why.as_str()),
            (Lasting::ForGood, "5.0.0 550 no such mailbox")
        );
        assert_eq!(bounce.message_ids, [format!("<{ID}>")]);
        let late = old.replace("550 no such mailbox", "451 4.7.1 greylisted, will keep trying");
        assert_eq!(read_bounce(late.as_bytes()).unwrap().lasting, Lasting::ForNow);
        let worded = old.replace("550 no such mailbox", "no such mailbox");
        assert_eq!(read_bounce(worded.as_bytes()).unwrap().why, "Returned mail");
        let away = format!(
            "From: a@example.jp\r\nSubject: 不在です\r\nIn-Reply-To: <{ID}>\r\n\r\n戻ります。\r\n"
        );
        assert_eq!(read_bounce(away.as_bytes()).unwrap_err().code, Code::Bounce);
    }

    #[test]
    fn rubbish_is_refused_and_bombs_are_looked_into_no_deeper_than_needed() {
        for bytes in [&b""[..], b"\0\0\0", b"a,b,c\n1,2,3\n", &[0xff; 4_096]] {
            assert!(read_bounce(bytes).is_err());
        }
        assert!(read_bounce(&vec![b'a'; BOUNCE_BYTES_MAX + 1]).is_err());
        let mut nested = "Message-ID: <x@y>\r\n\r\n".to_owned();
        for _ in 0..500 {
            nested = format!("Content-Type: message/rfc822\r\n\r\n{nested}");
        }
        assert!(read_bounce(nested.as_bytes()).is_err());
        let many = "Action: failed\r\nStatus: 5.0.0\r\n\r\n".repeat(5_000);
        let bounce = read_bounce(report(&many, &headers()).as_bytes()).unwrap();
        assert_eq!(bounce.lasting, Lasting::ForGood);
    }
}
