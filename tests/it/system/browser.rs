//! The approver's way as a real browser and a plain HTTP program go it, against a real daemon.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use super::asked_for;
use super::rig::{Daemon, Rig, csv, eventually};

const CUSTOMER: &str = "customers/1AB2CD3EF";

/// Goes one person's way: link, login, decision. Prints each page's status, place and text.
const WALK: &str = r"
import html.parser, http.client, http.cookies, json, sys, urllib.parse
origin, start, user, login, approval, kind, tries = sys.argv[1:8]
place = urllib.parse.urlsplit(origin)
jar = {}

class Forms(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []
    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == 'form':
            self.forms.append((a['action'], {}))
        if tag == 'input' and self.forms and a.get('type') == 'hidden':
            self.forms[-1][1][a['name']] = a['value']

def ask(method, path, fields=None):
    c = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
    head = {'Cookie': '; '.join(f'{k}={v}' for k, v in jar.items())} if jar else {}
    body = None
    if fields is not None:
        body = urllib.parse.urlencode(fields)
        head['Content-Type'] = 'application/x-www-form-urlencoded'
        head['Origin'] = origin
    c.request(method, path, body, head)
    r = c.getresponse()
    text = r.read().decode('utf-8')
    for value in r.headers.get_all('Set-Cookie') or []:
        for k, m in http.cookies.SimpleCookie(value).items():
            jar[k] = m.value
    said.append([r.status, r.headers.get('Location') or path, text])
    return r.status, r.headers.get('Location'), text

def form(text, ending):
    f = Forms()
    f.feed(text)
    return next(x for x in f.forms if x[0].endswith(ending))

said = []
_, _, page = ask('GET', start)
action, fields = form(page, '/login')
status, to, _ = ask('POST', action, {**fields, 'user': user, 'password': login})
if status == 303:
    for _ in range(int(tries)):
        _, _, page = ask('GET', to)
        action, fields = form(page, '/decision')
        fields |= {'kind': kind, 'password': approval, 'reason': ''}
        status, done, page = ask('POST', action, fields)
        if status == 303:
            ask('GET', done)
            break
print(json.dumps(said))
";

/// A page as the walker got it: status, place, text.
type Page = (u16, String, String);

/// A daemon whose pages are at a known place, with one case that waits.
struct Desk {
    rig: Rig,
    origin: String,
    case: String,
    daemon: Daemon,
}

impl Desk {
    fn new() -> Self {
        let rig = Rig::new();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let origin = format!("http://127.0.0.1:{port}");
        rig.set(&[
            ("listen", &format!("\"127.0.0.1:{port}\"")),
            ("base_url", &format!("\"{origin}\"")),
            ("scan_ms", "200"),
        ]);
        let daemon = rig.watched(None);
        rig.drop_file(CUSTOMER, "請求.csv", &csv("1AB2CD3EF", 3, "B"));
        rig.end_of("請求.csv");
        let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
        Self { rig, origin, case, daemon }
    }

    /// The link in the mail to a person, as a path.
    fn link(&self, user: &str) -> String {
        let mut found = None;
        eventually(&format!("a mail to {user}"), || {
            let mails = self.rig.files("outbox/mail");
            found = mails.into_iter().find(|(name, _)| name.ends_with(&format!("_{user}.eml")));
            found.is_some()
        });
        let (_, bytes) = found.unwrap();
        let body = crate::mails::text_of(&bytes);
        let link = body.lines().find(|line| line.starts_with(&self.origin)).unwrap();
        link.trim().strip_prefix(&self.origin).unwrap().to_owned()
    }

    /// Somebody's login and approval password.
    fn passwords(&self, user: &str) -> (String, String) {
        let users = std::fs::read_to_string(self.rig.root.join("SAMPLE-USERS.txt")).unwrap();
        let row = users.lines().find(|row| row.starts_with(user)).unwrap();
        let words: Vec<&str> = row.split('\t').collect();
        (words[1].to_owned(), words[2].to_owned())
    }

    fn walk(&self, user: &str, login: &str, approval: &str, tries: &str) -> Vec<Page> {
        let start = self.link(user);
        let done = Command::new("python3")
            .args(["-c", WALK, &self.origin, &start, user, login, approval, "approve", tries])
            .output()
            .expect("python3 must be installed");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    }

    /// A branch hands in that somebody is to be unlocked, and two people approve it.
    fn unlock(&self, user: &str) {
        let sheet = self.rig.root.join("unlock.csv");
        let text = format!(
            "手続,ユーザーID,氏名,所属,権限,メールアドレス,本人確認\n解除,{user},,,,,届出書 7\n"
        );
        std::fs::write(&sheet, text).unwrap();
        let handed = ["user", "import", sheet.to_str().unwrap(), "--desk", "001"];
        assert!(self.rig.kessai(&handed).status.success());
        let mut case = None;
        eventually("the sheet is a case", || {
            let cases = self.rig.cases();
            case = cases.iter().find(|one| one["workflow"] == "users").cloned();
            case.is_some()
        });
        let case = case.unwrap()["case"].as_str().unwrap().to_owned();
        for officer in ["sato0001", "mori0001"] {
            assert!(self.rig.decide("approve", &case, officer).status.success(), "{officer}");
        }
        eventually("they are unlocked", || self.locked(user) == "[]");
    }

    fn locked(&self, user: &str) -> String {
        let people = self.rig.json(&["user", "list"]);
        let person = people.as_array().unwrap().iter().find(|one| one["user"] == user).unwrap();
        person["locked"].to_string()
    }
}

/// Lets whatever lives in a home find our own faces, as a desk's PC has Japanese ones.
pub(super) fn lend_fonts(home: &Path) {
    let fonts = home.join(".local/share/fonts");
    if !fonts.exists() {
        std::fs::create_dir_all(fonts.parent().unwrap()).unwrap();
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/fonts");
        std::os::unix::fs::symlink(ours, &fonts).unwrap();
    }
}

/// Chromium without a screen, sending nothing but what is asked of it.
fn chromium(folder: &Path, args: &[&str]) -> Vec<u8> {
    lend_fonts(folder);
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let done = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--no-proxy-server", "--hide-scrollbars", &profile])
        .args(args)
        .env("HOME", folder)
        .output()
        .expect("chromium must be installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// A page drawn by Chromium: not blank, and of the size asked for.
fn drawn(folder: &Path, url: &str) {
    let size = (1000, 1400);
    let bytes = photographed(folder, url, size);
    // An empty page of that size is packed into half of this.
    assert!(bytes.len() > 15_000, "{url} is nearly blank: {} bytes", bytes.len());
}

/// What Chromium shows at an address, as a PNG of this width and height.
pub(super) fn photographed(folder: &Path, url: &str, (width, height): (u32, u32)) -> Vec<u8> {
    let picture = folder.join("page.png");
    let size = format!("--window-size={width},{height}");
    chromium(folder, &[&size, &format!("--screenshot={}", picture.display()), url]);
    let bytes = std::fs::read(&picture).unwrap();
    assert!(bytes.starts_with(b"\x89PNG"));
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (width, height));
    bytes
}

#[test]
fn a_browser_shows_the_pages_in_japanese_and_without_any_script() {
    if !asked_for() {
        return;
    }
    let desk = Desk::new();
    let folder = tempfile::tempdir().unwrap();
    let link = desk.link("yamada01");
    for path in ["/login", &link] {
        let url = format!("{}{path}", desk.origin);
        let dom = String::from_utf8(chromium(folder.path(), &["--dump-dom", &url])).unwrap();
        assert!(dom.contains("<h1>ログイン</h1>") && dom.contains("ログインパスワード"), "{dom}");
        assert!(dom.contains("lang=\"ja\"") && !dom.contains("<script"), "{dom}");
        // The neutral page tells nothing of the case.
        assert!(!dom.contains(&desk.case) && !dom.contains("見本製作所"), "{dom}");
        drawn(folder.path(), &url);
    }
    // What a person sees after the login, with the daemon's own style sheet.
    let (login, _) = desk.passwords("yamada01");
    let pages = desk.walk("yamada01", &login, "a wrong password", "1");
    let case = &pages.iter().find(|(status, place, _)| *status == 200 && place.contains("/cases/"));
    let text = &case.unwrap().2;
    let rooted = text.replacen("<head>", &format!("<head><base href=\"{}/\">", desk.origin), 1);
    let kept = folder.path().join("case.html");
    std::fs::write(&kept, rooted).unwrap();
    let url = format!("file://{}", kept.display());
    let dom = String::from_utf8(chromium(folder.path(), &["--dump-dom", &url])).unwrap();
    for shown in ["承認する内容", "30,003", "ﾀｶｻｷｼﾖｳｼﾞ", "<svg ", "この判断を送信する", &desk.case]
    {
        assert!(dom.contains(shown), "{shown} is missing in {dom}");
    }
    // One script, which warns before the idle logoff; nothing depends on it.
    assert_eq!(dom.matches("<script").count(), dom.matches("src=\"/kessai.js\"").count());
    drawn(folder.path(), &url);
}

/// What somebody who reads the log, the journal or a backup could use: it must not be there.
fn no_link_and_no_password_lies_in_a_log_or_in_var(desk: &Desk) {
    let mut secrets: Vec<String> = Vec::new();
    for user in ["yamada01", "sato0001", "mori0001"] {
        let (login, approval) = desk.passwords(user);
        secrets.extend([login, approval, desk.link(user).replace("/l/", "")]);
    }
    let var = desk.rig.files("var");
    assert!(var.keys().any(|name| name.starts_with("journal/")), "{:?}", var.keys());
    let log = ("the log".to_owned(), desk.daemon.log().into_bytes());
    for (name, bytes) in var.into_iter().chain([log]) {
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|piece| piece == secret.as_bytes());
            assert!(!found, "{secret} lies in {name}");
        }
    }
}

#[test]
fn three_people_follow_their_links_and_the_papers_are_there() {
    if !asked_for() {
        return;
    }
    let desk = Desk::new();
    for user in ["yamada01", "sato0001", "mori0001"] {
        let (login, approval) = desk.passwords(user);
        let pages = desk.walk(user, &login, &approval, "1");
        let (status, place, text) = pages.last().unwrap();
        assert_eq!(*status, 200, "{user}: {place}");
        assert!(text.contains("「承認」を受け付けました。"), "{user}: {text}");
    }
    assert_eq!(desk.rig.cases()[0]["status"], "waiting", "for what the institution answers");
    no_link_and_no_password_lies_in_a_log_or_in_var(&desk);
    let mut receipt = None;
    eventually("the papers come", || {
        let outbox = desk.rig.files("outbox");
        let name = outbox.keys().find(|name| name.ends_with("_receipt.pdf"));
        receipt = name.map(|name| desk.rig.root.join("outbox").join(name));
        receipt.is_some() && outbox.contains_key(&format!("center/{}.csv", desk.case))
    });
    let text = Command::new("pdftotext").arg("-layout").arg(receipt.unwrap()).arg("-").output();
    let text = String::from_utf8(text.unwrap().stdout).unwrap();
    for shown in
        ["この書面は", "山田", "佐藤", "森", "照査", "決裁", "30,003", "10,002", &desk.case]
    {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    let clearing = &desk.rig.files("outbox/center")[&format!("{}.csv", desk.case)];
    let clearing = String::from_utf8(clearing.clone()).unwrap();
    assert!(clearing.starts_with('\u{feff}'), "UTF-8 with its mark");
    let clearing = clearing.trim_start_matches('\u{feff}');
    let rows: Vec<&str> = clearing.lines().collect();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.split(',').count() == 20), "{clearing}");
    for amount in ["10000", "10001", "10002"] {
        assert_eq!(clearing.matches(&format!(",{amount},")).count(), 1, "{clearing}");
    }
}

#[test]
fn a_wrong_password_five_times_locks_it() {
    if !asked_for() {
        return;
    }
    let desk = Desk::new();
    let (login, approval) = desk.passwords("yamada01");
    let pages = desk.walk("yamada01", &login, "not the password", "5");
    let refused = pages.iter().filter(|(status, ..)| *status == 422).count();
    assert_eq!(refused, 5, "{:?}", pages.iter().map(|page| page.0).collect::<Vec<_>>());
    assert_eq!(desk.locked("yamada01"), "[\"approval\"]");
    // Now the right one is refused, too, until somebody unlocks it.
    let pages = desk.walk("yamada01", &login, &approval, "1");
    assert_eq!(pages.last().unwrap().0, 422);
    assert_eq!(desk.rig.cases()[0]["status"], "active");
    desk.unlock("yamada01");
    assert_eq!(desk.locked("yamada01"), "[]");
    let pages = desk.walk("yamada01", &login, &approval, "1");
    assert!(pages.last().unwrap().2.contains("「承認」を受け付けました。"));
    // A wrong login password never says which of the two was wrong.
    let pages = desk.walk("sato0001", "not the password", "x", "1");
    let (status, _, text) = pages.last().unwrap();
    assert_eq!(*status, 422);
    assert!(text.contains("ログインできませんでした") && !text.contains(&desk.case), "{text}");
}
