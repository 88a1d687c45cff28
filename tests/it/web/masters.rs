//! A master's page of users for a company with many people.

use axum::http::StatusCode;
use kessai::domain::UserId;
use kessai::ports::Admission;

use super::accounts::{MASTER, NEW, form, master, without_ticks};
use super::browser::{Browser, Page};
use super::stage::{PEOPLE, approval};

/// Fills in and sends the form for a new user.
async fn register(browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let page = browser.get("/users").await;
    let new = page.forms().into_iter().rfind(|form| form.action == "/users").unwrap();
    let filled = without_ticks(new).with("user", NEW).with("name", "中野 三郎");
    let filled = filled.with("deed", "登録").with("password", &approval(MASTER));
    let filled = fields.iter().fold(filled, |form, (name, value)| form.with(name, value));
    browser.post(&filled).await
}

/// The card of a user.
fn card(page: &Page, user: &str) -> String {
    let head = format!("<span class=\"sub\"> {user}");
    let found = page.html.split("<li class=\"card\">").find(|card| card.contains(&head));
    found.unwrap_or_else(|| panic!("{}", page.html)).to_owned()
}

#[tokio::test]
async fn a_shared_address_is_marked_until_both_ids_are_one_human() {
    let (_stage, mut browser) = master().await;
    let address = format!("{}@example.jp", PEOPLE[0].0);
    let fields = [("email", address.as_str()), ("approve", "1")];
    let page = register(&mut browser, &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(page.html.matches("共用のアドレスです").count(), 2, "{}", page.html);
    let join = form(&page, ("user", NEW)).with("deed", "変更").with("same_as", PEOPLE[0].0);
    let join = join.with("password", &approval(MASTER));
    let refused = browser.post(&join.clone().with("same_as", "tanaka-01")).await;
    assert!(refused.html.contains("同じご契約の登録済みのID"), "{}", refused.html);
    let page = browser.post(&join).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(page.html.matches("共用のアドレスです").count(), 0, "{}", page.html);
    assert!(
        card(&page, NEW).contains(&format!("同じ方のID</dt><dd class=\"break\">{}", PEOPLE[0].0))
    );
    assert_eq!(page.html.matches("佐藤 花子、鈴木 一郎").count(), 0, "{}", page.html);
    assert!(page.html.contains("承認できる方：中野 三郎、鈴木 一郎。"), "{}", page.html);
}

#[tokio::test]
async fn authorities_are_copied_from_another_user_of_the_customer_and_nobody_elses() {
    let (stage, mut browser) = master().await;
    let fields = [("email", "nakano@example.jp"), ("approve:20", "1"), ("operate", "1")];
    assert_eq!(register(&mut browser, &fields).await.status, StatusCode::OK);
    let page = browser.get("/users").await;
    let copy = form(&page, ("user", PEOPLE[1].0)).with("deed", "変更").with("anyway", "1");
    let copy = without_ticks(copy).with("anyway", "1").with("password", &approval(MASTER));
    for stranger in ["tanaka-01", "mori-0001", "nobody-01"] {
        let refused = browser.post(&copy.clone().with("like", stranger)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{stranger}");
    }
    let done = browser.post(&copy.with("like", NEW)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    assert_eq!(stage.person(1).roles, ["approve:20", "operate"]);
}

/// Sends a file as a browser does.
async fn upload(browser: &mut Browser, page: &Page, bytes: &[u8]) -> Page {
    let csrf = &page.form("/users/sheet").fields["csrf"];
    let head = format!(
        "--line\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--line\r\n\
         Content-Disposition: form-data; name=\"sheet\"; filename=\"a.csv\"\r\n\r\n"
    );
    let body = [head.as_bytes(), bytes, b"\r\n--line--\r\n"].concat();
    browser.post_parts("/users/sheet", body).await
}

const HEAD: &str = "手続,ユーザーID,氏名,所属,権限,メールアドレス,本人確認,口座,同一人物\r\n";

#[tokio::test]
async fn a_sheet_changes_all_its_users_at_once_after_it_was_shown() {
    let (stage, mut browser) = master().await;
    let list = browser.get("/users.csv").await.html;
    assert!(list.starts_with(&format!("\u{feff}{HEAD}")), "{list}");
    assert!(list.contains(",sato-0001,佐藤 花子,1AB2CD3EF,approve,") && !list.contains("tanaka"));
    let wanted = list.replace("\r\n,suzuki-01,", "\r\n停止,suzuki-01,")
        + "登録,nakano-01,中野 三郎,1AB2CD3EF,approve:20;inquire,nakano@example.jp,,,\r\n";
    // As Excel saves it.
    let (bytes, ..) = encoding_rs::SHIFT_JIS.encode(wanted.trim_start_matches('\u{feff}'));
    let page = browser.get("/users").await;
    let shown = upload(&mut browser, &page, &bytes).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.html);
    for told in [
        "変わること（2件）",
        "停止 鈴木 一郎",
        "登録 中野 三郎",
        "承認できる方：中野 三郎、佐藤 花子。",
    ] {
        assert!(shown.html.contains(told), "{told}: {}", shown.html);
    }
    let new = UserId::parse(NEW).unwrap();
    assert!(stage.desk.store.user(&new).is_none(), "nothing yet");
    let carry = shown.form("/users/sheet/carry");
    let refused = browser.post(&carry.clone().with("password", "a guess")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stage.desk.store.user(&new).is_none());
    let before = stage.desk.store.counts().sequence;
    let owed = stage.desk.store.effects(usize::MAX).len();
    let done = browser.post(&carry.clone().with("password", &approval(MASTER))).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    assert!(
        done.html.contains("2件の手続をしました") && done.html.contains("仮ログインパスワード")
    );
    // The right password after a wrong one is counted, too.
    assert_eq!(stage.desk.store.counts().sequence, before + 2, "one commit");
    assert_eq!(stage.desk.store.effects(usize::MAX).len(), owed + 2, "each is told");
    assert_eq!(stage.desk.store.user(&new).unwrap().person.roles, ["approve:20", "inquire"]);
    let suzuki = UserId::parse(PEOPLE[1].0).unwrap();
    assert_eq!(stage.desk.admission(&suzuki), Admission::Suspended);
    let again = browser.post(&carry.with("password", &approval(MASTER))).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "shown once, done once");
}

#[tokio::test]
async fn all_mistakes_of_a_sheet_are_told_and_nothing_is_changed() {
    let (stage, mut browser) = master().await;
    let page = browser.get("/users").await;
    let mistaken = format!(
        "{HEAD}登録,short,,1AB2CD3EF,wizard,nowhere,,,\r\n停止,suzuki-01,,,,,,,\r\n\
         別人,sato-0001,,,,,,,\r\n"
    );
    let told = upload(&mut browser, &page, mistaken.as_bytes()).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    for place in ["2行目 4文字目", "「氏名」が空欄", "「権限」の値", "4行目", "「本人確認」", "K07"]
    {
        assert!(told.html.contains(place), "{place}: {}", told.html);
    }
    let refused = format!(
        "{HEAD}停止,suzuki-01,,,,,,,\r\n停止,tanaka-01,,,,,,,\r\n解除,sato-0001,,,,,届出書,,\r\n\
         停止,{MASTER},,,,,,,\r\n変更,sato-0001x,,,,,,,\r\n"
    );
    let told = upload(&mut browser, &page, refused.as_bytes()).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    for line in ["3行目", "4行目", "5行目", "6行目"] {
        assert!(told.html.contains(&format!("{line}：「ユーザーID」")), "{line}: {}", told.html);
    }
    assert!(!told.html.contains("2行目"), "what is right is not told: {}", told.html);
    let suzuki = UserId::parse(PEOPLE[1].0).unwrap();
    assert_eq!(stage.desk.admission(&suzuki), Admission::Active);
    // Only this address takes files, and only with the page's own token.
    let strange = browser.post_parts("/users", Vec::new()).await;
    assert_eq!(strange.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let none = browser.post_parts("/users/sheet", b"--line--\r\n".to_vec()).await;
    assert_eq!(none.status, StatusCode::FORBIDDEN);
    let mut theirs = Browser::new(&stage);
    theirs.log_in("/login", 0).await;
    assert_eq!(theirs.get("/users.csv").await.status, StatusCode::FORBIDDEN);
}

/// The page of users as it is, its style in it.
pub(crate) async fn page_with_style() -> String {
    let (_stage, mut browser) = master().await;
    let page = browser.get("/users").await.html;
    let style = browser.get("/kessai.css").await.html;
    page.replace("</head>", &format!("<style>{style}</style></head>"))
}
