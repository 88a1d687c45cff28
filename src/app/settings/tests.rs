//! Settings: the sample is the default, and every mistake is told with its line.

use super::{FILE, KEYS, Settings};
use crate::domain::Date;
use crate::spool::Owners;
use crate::workflow::show_mistakes;

const SAMPLE: &str = include_str!("../../../kessai.toml");

#[test]
fn the_sample_names_every_key_and_equals_the_defaults() {
    let sample = Settings::load(SAMPLE).unwrap();
    assert_eq!(format!("{sample:?}"), format!("{:?}", Settings::default()));
    for key in KEYS {
        let name = key.rsplit_once('.').map_or(key, |(_, name)| name);
        assert!(SAMPLE.contains(&format!("{name} = ")), "the sample lacks {key}");
    }
}

#[test]
fn all_mistakes_come_at_once_with_their_lines_and_the_nearest_key() {
    let text =
        "institutoin = \"x\"\n\n[intake]\nscan_ms = \"soon\"\n\n[cron]\nverify = \"0 9 * * 1\"\n";
    let mistakes = Settings::load(text).unwrap_err();
    assert_eq!(mistakes.iter().map(|one| one.line).collect::<Vec<_>>(), [7, 1, 4]);
    let shown = show_mistakes(&mistakes, &|file| (file == FILE).then(|| text.to_owned()));
    for part in ["did you mean `institution`?", "「intake.scan_ms」", "kessai.toml:4:11", "^^^^"]
    {
        assert!(shown.contains(part), "{part} is missing in:\n{shown}");
    }
}

#[test]
fn who_debits_the_fees_is_told_whole_or_not_at_all() {
    let whole = "[fees]\nclient_code = \"1234567890\"\nclient_name = \"ミホン\"\n\
        account = \"0001-001-1-7654321\"\n";
    let client = Settings::load(whole).unwrap().fees.unwrap();
    assert_eq!((&*client.code, &*client.name), ("1234567890", "ﾐﾎﾝ"));
    let part = Settings::load("[fees]\nclient_code = \"12\"\n").unwrap_err();
    assert_eq!(part[0].en, "[fees] needs client_code, client_name and account");
    let wrong = whole.replace("-1-7654321", "-3-7654321");
    assert!(Settings::load(&wrong).unwrap_err()[0].en.contains("an account like"));
}

#[test]
fn how_much_is_taken_in_is_told_in_numbers_that_fit_together() {
    let text = "[intake]\nowners = \"ignore\"\nfiles_per_hour_max = 0\nopen_files_max = 7\n\
        bytes_per_day_max = 9\nfree_mib_low = 1\nfree_mib_high = 2\nfree_files_low = 3\n\
        free_files_high = 4\n";
    let limits = Settings::load(text).unwrap().limits;
    assert_eq!((limits.owners, limits.hour, limits.open), (Owners::Ignore, 0, 7));
    assert_eq!(limits.day_bytes, 9);
    assert_eq!((limits.bytes, limits.inodes), ([1 << 20, 2 << 20], [3, 4]));
    for (line, said) in [
        ("free_mib_low = 900", "must not be below"),
        ("free_files_high = 1", "must not be below"),
        ("owners = \"yes\"", "\"check\" or \"ignore\""),
        ("open_files_max = \"few\"", "a number"),
    ] {
        let mistakes = Settings::load(&format!("[intake]\n{line}\n")).unwrap_err();
        assert!(mistakes[0].en.contains(said), "{line}: {}", mistakes[0].en);
    }
}

#[test]
fn a_key_of_the_bank_comes_with_its_certificate() {
    let both = "[mail]\nkey = \"a.key\"\ncertificate = \"a.pem\"\n";
    assert_eq!(Settings::load(both).unwrap().mail_key, ["a.key", "a.pem"]);
    for line in ["key = \"a.key\"", "certificate = \"a.pem\""] {
        let mistakes = Settings::load(&format!("[mail]\n{line}\n")).unwrap_err();
        assert_eq!(mistakes[0].en, "[mail] needs both key and certificate");
    }
}

#[test]
fn a_mail_server_is_told_with_its_tls_and_never_without() {
    let whole = "[mail]\nsmtp = \"smtp.example.jp:587\"\ntls = \"starttls\"\n";
    let server = Settings::load(whole).unwrap().mail_server.unwrap();
    assert_eq!(server.place, ("smtp.example.jp".to_owned(), 587));
    for (text, said) in [
        ("[mail]\nsmtp = \"smtp.example.jp:587\"\n".to_owned(), "needs both smtp and tls"),
        ("[mail]\nca = \"ca.pem\"\n".to_owned(), "needs both smtp and tls"),
        (whole.replace("starttls", "none"), "\"starttls\" or \"implicit\""),
        (whole.replace(":587", ""), "name and port of the mail server"),
        (format!("{whole}user = \"densai\"\n"), "both user and password_file"),
    ] {
        let mistakes = Settings::load(&text).unwrap_err();
        assert!(mistakes.iter().any(|one| one.en.contains(said)), "{text} {mistakes:?}");
    }
}

#[test]
fn another_business_day_is_for_the_test_environment_only() {
    let production = Settings::load("business_date = \"2026-12-01\"").unwrap_err();
    assert_eq!(production.len(), 1);
    let test = "environment = \"test\"\nbusiness_date = \"2026-12-01\"\n\
        [mail]\ntest_to = \"t@example.jp\"\n";
    let settings = Settings::load(test).unwrap();
    assert_eq!(settings.business_date, Date::new(2026, 12, 1).ok());
    let without = "environment = \"test\"\n";
    assert!(Settings::load(without).is_err(), "a test must never write to a customer");
}

#[test]
fn pages_beyond_loopback_come_over_tls() {
    let web = |listen: &str, base_url: &str| {
        Settings::load(&format!("[web]\nlisten = \"{listen}\"\nbase_url = \"{base_url}\"\n"))
    };
    let hosts = |listen: &str, base_url: &str| web(listen, base_url).unwrap().tls_hosts();
    let near = "127.0.0.1:8600";
    assert!(hosts(near, "http://127.0.0.1:8600").is_empty());
    assert_eq!(hosts(near, "https://127.0.0.1:8600"), ["127.0.0.1"]);
    assert_eq!(hosts("10.1.2.3:443", "https://Bank.example.jp/"), ["bank.example.jp", "10.1.2.3"]);
    assert_eq!(hosts("0.0.0.0:443", "https://bank.example.jp:443"), ["bank.example.jp"]);
    assert_eq!(hosts("[::1]:443", "https://[::1]:443"), ["::1"]);
    let two = "[web]\nlisten = \"0.0.0.0:443\"\nbase_url = \"https://a.example.jp\"\n\
               certificate_listen = \"10.1.2.3:8601\"\n\
               certificate_url = \"https://b.example.jp:8601\"\n";
    let hosts_of_two = Settings::load(two).unwrap().tls_hosts();
    assert_eq!(hosts_of_two, ["a.example.jp", "b.example.jp", "10.1.2.3"]);
    let half = two.replace("certificate_url = \"https://b.example.jp:8601\"\n", "");
    assert!(Settings::load(&half).unwrap_err()[0].en.contains("both certificate_listen"));
    assert!(Settings::load(&two.replace("https://a", "http://a")).is_err());
    assert!(Settings::load(&two.replace("https://b", "http://b")).is_err());
    let plain = web("0.0.0.0:80", "http://bank.example.jp").unwrap_err();
    assert_eq!(plain[0].en, "beyond loopback web.base_url must be https://");
    for wrong in ["ftp://bank.example.jp", "https://", "https:///login", "httpsbank"] {
        assert!(web(near, wrong).is_err(), "{wrong}");
    }
}
