//! Writes flows out of all kinds of steps, some of them wrong on purpose.

use std::fmt::Write as _;

use super::Dice;

const HEAD: &str = "\
schema: 1
id: written
title: 書かれた流れ
effective_from: 2026-04-01
people:
  checker: {role: checker, at: desk}
  manager: {role: manager, at: desk}
  legal: {role: compliance, at: desk}
  clerk: {role: clerk, at: desk}
  customer: {authority: approve, at: submitter}
steps:
";

const GROUPS: [&str; 5] = ["checker", "manager", "legal", "clerk", "customer"];

/// A flow being written.
struct Writer<'d> {
    dice: &'d mut Dice,
    text: String,
    /// The steps written so far.
    ids: Vec<String>,
    /// Those outside branches in which people sit.
    seated: Vec<String>,
    /// The tasks among them, whose amounts conditions may ask for.
    tasks: Vec<String>,
    /// Whether a task and an end follow behind the end.
    tail: bool,
    /// What stands before every line.
    indent: usize,
    /// Whether the line begins an item of a list.
    first: bool,
}

/// The text of a flow.
pub(crate) fn flow(dice: &mut Dice) -> String {
    let mut writer = Writer {
        dice,
        text: HEAD.to_owned(),
        ids: Vec::new(),
        seated: Vec::new(),
        tasks: Vec::new(),
        tail: false,
        indent: 2,
        first: false,
    };
    writer.tail = writer.dice.chance(40);
    for _ in 0..writer.dice.below(4) {
        writer.any();
    }
    let sure = writer.dice.chance(90);
    writer.approve(sure);
    for _ in 0..writer.dice.below(2) {
        writer.any();
    }
    writer.emit();
    for _ in 0..writer.dice.below(3) {
        writer.any();
    }
    writer.end("done");
    if writer.tail {
        writer.task("asked");
        if writer.dice.chance(20) {
            writer.emit();
        }
        writer.end("refused");
    }
    if writer.dice.chance(15) {
        writer.text.push_str("assert:\n  - \"before(out): people() >= 2\"\n");
    }
    let text = writer.text;
    if dice.chance(15) { broken(dice, &text) } else { text }
}

/// The same with something wrong in one line.
fn broken(dice: &mut Dice, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = dice.below(lines.len());
    let line = lines[at].clone();
    match dice.below(6) {
        0 => drop(lines.remove(at)),
        1 => lines[at] = line.replacen(": ", ": x", 1),
        2 => lines[at] = line.replace(['{', '['], ""),
        3 => lines.insert(at, line),
        4 => lines[at] = line.chars().rev().collect(),
        _ => lines[at] = line.replacen("  ", "      ", 1),
    }
    lines.join("\n")
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        let (indent, dash) = (self.indent, if self.first { "- " } else { "  " });
        self.first = false;
        writeln!(self.text, "{:indent$}{dash}{text}", "").unwrap();
    }

    /// Begins a step of a kind with a name of its own, or now and then another's.
    fn step(&mut self, kind: &str) -> String {
        let again = self.dice.below(200) == 0 && !self.ids.is_empty();
        let id = if again { self.ids[0].clone() } else { format!("s{}", self.ids.len()) };
        self.named(kind, id)
    }

    fn named(&mut self, kind: &str, id: String) -> String {
        self.first = true;
        self.line(&format!("{kind}: {id}"));
        self.ids.push(id.clone());
        if ["approve", "task"].contains(&kind) && self.indent == 2 {
            self.seated.push(id.clone());
        }
        id
    }

    fn condition(&mut self, percent: usize) {
        if !self.dice.chance(percent) {
            return;
        }
        let task = self.tasks.last().map(|task| format!("{task}.amount >= 1_000"));
        let known = ["channel == 'customers'", "total >= 10_000_000", "rows < 5"];
        let text = match task {
            Some(task) if self.dice.chance(40) => task,
            _ => self.dice.pick(&known).to_owned(),
        };
        let key = self.dice.pick(&["when", "unless"]);
        self.line(&format!("{key}: \"{text}\""));
    }

    fn any(&mut self) {
        match self.dice.below(12) {
            0 => self.check(),
            1 => self.decide(),
            2 | 3 => self.approve(false),
            4 | 5 => self.task(""),
            6 | 7 => self.wait(),
            8 | 9 => self.parallel(),
            10 => {
                self.first = true;
                self.line("call: signatures");
                self.condition(40);
                self.ids.push("seal".to_owned());
            }
            _ => self.emit(),
        }
    }

    fn check(&mut self) {
        self.step("check");
        let fail = self.dice.pick(&["warn", "return", "reject"]);
        let when = self.dice.pick(&["total < 1_000", "total >= 100_000_000", "rows > 8"]);
        self.line(&format!("rules: [{{id: r, when: \"{when}\", fail: {fail}, say: 点検}}]"));
    }

    fn decide(&mut self) {
        self.step("decide");
        self.line("table: kengen.csv");
        self.line("out: {level: {label: 決裁区分, of: {branch: 照査と決裁, hq: 本部}}}");
    }

    /// A place to return to: mostly one there is.
    fn places(&mut self, own: &str) -> String {
        let mut places = Vec::new();
        for _ in 0..=self.dice.below(3) {
            places.push(match self.dice.below(8) {
                0 => "close".to_owned(),
                1 | 2 => "submitter".to_owned(),
                3 if own != "submitter" => own.to_owned(),
                4 if self.tail => "asked".to_owned(),
                5 if self.dice.chance(20) => self.earlier(),
                _ if self.seated.len() > 1 => {
                    // The last one is the step itself.
                    let before = self.seated.len() - 1;
                    self.seated[self.dice.below(before)].clone()
                }
                _ => "submitter".to_owned(),
            });
        }
        let resume = self.dice.pick(&["returner", "restart"]);
        format!("return_to: {{targets: [{}], resume: {resume}}}", places.join(", "))
    }

    /// A step before this one, most of the time.
    fn earlier(&mut self) -> String {
        let at = self.dice.below(self.ids.len());
        match self.dice.below(50) {
            0 => "nowhere".to_owned(),
            _ if at + 1 < self.ids.len() => self.ids[at].clone(),
            _ => "close".to_owned(),
        }
    }

    /// An end, or another place to go on.
    fn ahead(&mut self) -> String {
        match self.dice.below(10) {
            0 => self.earlier(),
            1 => format!("s{}", self.ids.len()),
            2..5 if self.tail => "refused".to_owned(),
            5 if self.tail => "asked".to_owned(),
            _ if self.tail && !self.ids.iter().any(|id| id == "out") => "refused".to_owned(),
            _ => "done".to_owned(),
        }
    }

    fn patience(&mut self, own: &str) {
        if self.dice.chance(60) {
            let text = self.places(own);
            self.line(&text);
        }
        for (percent, key, words) in [
            (30, "withdraw", &["never", "until_first_vote", "until_done"][..]),
            (30, "overdue", &["hold", "reject", "return"]),
            (20, "due", &["1bd@15:00", "4bh"]),
            (20, "remind", &["[-2bh]", "[-1bh, {every: 1bh, max: 3}]"]),
            (
                20,
                "escalate",
                &["[{after: 2bh, add: manager}]", "[{after: 1bd@12:00, replace: legal}]"],
            ),
        ] {
            if self.dice.chance(percent) {
                let word = self.dice.pick(words);
                self.line(&format!("{key}: {word}"));
            }
        }
    }

    /// Votes; a sure one has two people at the desk in every case.
    fn approve(&mut self, sure: bool) {
        self.step("approve");
        let own = self.dice.pick(&GROUPS[..4]);
        if !sure {
            self.condition(40);
        }
        if !sure && self.dice.chance(25) {
            self.line("need: {pattern: contract}");
            self.line("who: customer");
        } else {
            let n = if sure { 2 } else { 1 + self.dice.below(2) };
            let other = self.dice.pick(&GROUPS);
            let order = self.dice.pick(&["ordered", "any"]);
            self.line(&format!("order: {order}"));
            let of = self.dice.pick(&["", "", ", of: 3"]);
            let when = match self.dice.below(5) {
                0 => ", when: \"total >= 10_000_000\"",
                1 => ", unless: \"rows < 5\"",
                _ => "",
            };
            self.line(&format!("need: [{{who: {own}, n: {n}{of}}}, {{who: {other}{when}}}]"));
            if self.dice.chance(30) {
                self.line("veto: majority");
                return self.after_votes(sure, own);
            }
        }
        if self.dice.chance(50) {
            self.line("exceptions: split");
        }
        self.after_votes(sure, own);
    }

    /// Where votes lead, back and on.
    fn after_votes(&mut self, sure: bool, own: &str) {
        if sure && self.tail {
            let resume = self.dice.pick(&["returner", "restart"]);
            self.line(&format!("return_to: {{targets: [asked, {own}], resume: {resume}}}"));
        } else {
            self.patience(own);
        }
        self.onward();
    }

    fn task(&mut self, name: &str) {
        let id = match name {
            "" => self.step("task"),
            name => self.named("task", name.to_owned()),
        };
        let who = self.dice.pick(&["clerk", "submitter", "legal"]);
        let twin = self.dice.pick(&["single", "blind"]);
        self.line(&format!("who: {who}"));
        self.line(&format!("twin: {twin}"));
        self.line("form: {amount: {label: 金額, type: yen}}");
        self.condition(15);
        self.patience(who);
        self.onward();
        self.tasks.push(id);
    }

    /// Where it goes on, now and then.
    fn onward(&mut self) {
        if self.dice.chance(10) {
            let to = if self.dice.chance(60) { self.earlier() } else { self.ahead() };
            self.line(&format!("next: {to}"));
        }
    }

    fn wait(&mut self) {
        self.step("wait");
        let date = "{date: record_date, days: -1, at: \"14:00\"}";
        let far = "{date: record_date, days: 2, at: \"14:00\"}";
        let awaited = self.dice.pick(&["file", "message", "release", date, far]);
        self.line(&format!("for: {awaited}"));
        if self.dice.chance(85) {
            self.line("release: manager");
        }
        if self.dice.chance(50) {
            self.line("timeout: 2bd@12:00");
        }
        if self.dice.chance(60) {
            let mut exit = || match self.dice.below(4) {
                0 => "next".to_owned(),
                1 => "incident".to_owned(),
                _ => self.ahead(),
            };
            let then = format!("then: {{ng: {}, timeout: {}}}", exit(), exit());
            self.line(&then);
        }
    }

    fn parallel(&mut self) {
        self.step("parallel");
        self.condition(20);
        self.line("branches:");
        for _ in 0..2 + self.dice.below(2) {
            self.first = true;
            self.indent = 6;
            // The first step of a branch begins two lists at once.
            let from = self.text.len();
            for _ in 0..=self.dice.below(2) {
                match self.dice.below(8) {
                    0 => self.check(),
                    1 | 2 => self.wait(),
                    3 | 4 => self.task(""),
                    5 => self.end(""),
                    _ => self.approve(false),
                }
            }
            let branch = self.text.split_off(from);
            self.text.push_str(&branch.replacen("      - ", "    - - ", 1));
        }
        self.indent = 2;
    }

    fn emit(&mut self) {
        let named = self.ids.iter().any(|id| id == "out");
        self.first = true;
        let id = if named { format!("s{}", self.ids.len()) } else { "out".to_owned() };
        self.line(&format!("emit: {id}"));
        self.ids.push(id);
        self.line("effects: [clearing, receipt, mail]");
        if self.dice.chance(40) {
            self.line("compensate: cancel_notice");
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "" => self.step("end"),
            name => self.named("end", name.to_owned()),
        };
        // Only what was sent on may end as approved.
        let approved = if name == "done" { 80 } else { 10 };
        let outcome = if self.dice.chance(approved) {
            "completed"
        } else {
            self.dice.pick(&["rejected", "returned"])
        };
        self.line(&format!("outcome: {outcome}"));
    }
}
