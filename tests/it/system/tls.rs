//! The pages over TLS as curl and OpenSSL see them.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use super::asked_for;
use super::rig::{Rig, eventually};

fn run(program: &str, args: &[&str]) -> Output {
    let done = Command::new(program).args(args).output();
    done.unwrap_or_else(|error| panic!("{program} must be installed: {error}"))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn curl_gets_pages_over_tls_alone_and_a_revoked_certificate_is_in_the_list() {
    if !asked_for() {
        return;
    }
    let rig = Rig::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let origin = format!("https://127.0.0.1:{port}");
    rig.set(&[
        ("listen", &format!("\"127.0.0.1:{port}\"")),
        ("base_url", &format!("\"{origin}\"")),
    ]);
    let _daemon = rig.watched(None);
    let [login, crl] = ["login", "crl"].map(|page| format!("{origin}/{page}"));
    let ca = rig.root.join("var/pki/ca.pem");
    let get = |args: &[&str]| {
        let quiet = ["--noproxy", "*", "-sS", "--max-time", "10", "--cacert", text(&ca)];
        run("curl", &[&quiet, args].concat())
    };
    eventually("the pages are there", || get(&[&login]).status.success());
    let page = String::from_utf8(get(&["-i", &login]).stdout).unwrap();
    assert!(page.contains("__Host-kessai_pre=") && page.contains("strict-transport-security"));
    for version in ["1.2", "1.3"] {
        let only = [&format!("--tlsv{version}"), "--tls-max", version, &login];
        assert!(get(&only).status.success(), "{version}");
    }
    for version in ["1.0", "1.1"] {
        let only = ["--ciphers", "DEFAULT@SECLEVEL=0", "--tlsv1.0", "--tls-max", version, &login];
        assert!(!get(&only).status.success(), "{version}");
    }
    let plain = get(&[&login.replace("https://", "http://")]);
    assert!(!plain.status.success() && !String::from_utf8_lossy(&plain.stdout).contains("html"));
    // A request of OpenSSL becomes a certificate; the key stays where it was made.
    let [key, request, own, list] =
        ["key.pem", "request.pem", "own.pem", "crl.der"].map(|name| rig.root.join(name));
    let made = run(
        "openssl",
        &[
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=anybody",
            "-keyout",
            text(&key),
            "-out",
            text(&request),
        ],
    );
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let issued = rig.kessai(&["cert", "issue", "takasaki2", "--request", text(&request)]);
    assert!(issued.status.success(), "{}", String::from_utf8_lossy(&issued.stderr));
    std::fs::write(&own, &issued.stdout).unwrap();
    let shown = get(&["--cert", text(&own), "--key", text(&key), &login]);
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let serial = rig.json(&["cert", "list"])[0]["serial"].as_str().unwrap().to_owned();
    assert!(rig.kessai(&["cert", "revoke", &serial]).status.success());
    assert!(get(&["-o", text(&list), &crl]).status.success());
    let clients = rig.root.join("var/pki/clients/ca.pem");
    let read = ["crl", "-inform", "DER", "-in", text(&list), "-CAfile", text(&clients)];
    let read = run("openssl", &[&read[..], &["-noout", "-text"]].concat());
    let read_text = String::from_utf8_lossy(&read.stdout).to_lowercase();
    assert!(read_text.contains(&serial), "{read_text}");
    assert!(String::from_utf8_lossy(&read.stderr).contains("verify OK"));
}
