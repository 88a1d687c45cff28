//! Signed mails as another program sees them: OpenSSL verifies what is whole and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::asked_for;
use super::papers::{demo, files_below};
use super::rig::{Rig, csv};

const CUSTOMER: &str = "customers/1AB2CD3EF";

pub(super) fn openssl(args: &[&str]) {
    let done = Command::new("openssl").args(args).output();
    let done = done.unwrap_or_else(|error| panic!("openssl must be installed: {error}"));
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Whether a mail is as it was signed, by somebody this authority vouches for.
fn verifies(mail: &Path, authority: &Path) -> bool {
    let purpose = ["cms", "-verify", "-purpose", "smimesign", "-out", "/dev/null"];
    let files = [Path::new("-CAfile"), authority, Path::new("-in"), mail];
    let done = Command::new("openssl").args(purpose).args(files).output();
    done.unwrap_or_else(|error| panic!("openssl must be installed: {error}")).status.success()
}

pub(super) fn verifies_bytes(bytes: &[u8], authority: &Path) -> bool {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    verifies(file.path(), authority)
}

#[test]
fn every_mail_of_the_demo_is_verified_and_none_that_was_touched() {
    if !asked_for() {
        return;
    }
    let (folder, root) = demo();
    let authority = root.join("var/pki/ca.pem");
    let mails = files_below(&root.join("outbox/mail"), ".eml");
    assert!(mails.len() > 50, "{mails:?}");
    let other = folder.path().join("other");
    let init = Command::new(super::rig::KESSAI).arg("init").arg(&other).output().unwrap();
    assert!(init.status.success());
    for mail in &mails {
        assert!(verifies(mail, &authority), "{}", mail.display());
    }
    for mail in mails.iter().step_by(7) {
        let name = mail.display();
        assert!(!verifies(mail, &other.join("var/pki/ca.pem")), "{name}: another authority");
        let text = String::from_utf8(std::fs::read(mail).unwrap()).unwrap();
        assert!(verifies_bytes(text.replace("\r\n", "\n").as_bytes(), &authority), "{name}: LF");
        // One letter of the text, and one of the signature.
        let bodies: Vec<usize> = text.match_indices("base64\r\n").map(|(at, _)| at).collect();
        assert_eq!(bodies.len(), 2);
        for body in bodies {
            let start = body + text[body..].find("\r\n\r\n").unwrap() + 4;
            let mut bytes = text.clone().into_bytes();
            let at = start + 40;
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(!verifies_bytes(&bytes, &authority), "{name}: byte {at}");
        }
        let more =
            text.replace("Content-Type: text/plain", "X-Added: 1\r\nContent-Type: text/plain");
        assert!(!verifies_bytes(more.as_bytes(), &authority), "{name}: a header of the part");
    }
}

/// A root, an intermediate and a certificate of mails as a bank might buy them.
fn bought(folder: &Path, kind: &[&str]) -> (PathBuf, PathBuf, PathBuf) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let new_key = |name: &str| {
        let mut args = vec!["genpkey"];
        args.extend(kind);
        let out = path(name);
        args.extend(["-out", &out]);
        openssl(&args);
    };
    let ca = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
    let mail = "subjectAltName=email:densai@example.jp\nextendedKeyUsage=emailProtection\n\
        keyUsage=critical,digitalSignature\n";
    std::fs::write(path("ca.ext"), ca).unwrap();
    std::fs::write(path("mail.ext"), mail).unwrap();
    for (name, above, extensions) in
        [("root", "root", "ca.ext"), ("middle", "root", "ca.ext"), ("mail", "middle", "mail.ext")]
    {
        new_key(&format!("{name}.key"));
        let [key, request, out] = ["key", "csr", "pem"].map(|end| path(&format!("{name}.{end}")));
        let subject = format!("/O=Trust Services/CN=Trust {name}");
        openssl(&["req", "-new", "-key", &key, "-subj", &subject, "-out", &request]);
        let mut args = vec!["x509", "-req", "-in", &request, "-days", "30", "-out", &out];
        let (by, by_key) = (path(&format!("{above}.pem")), path(&format!("{above}.key")));
        let extensions = path(extensions);
        args.extend(["-extfile", &extensions]);
        if name == above {
            args.extend(["-signkey", &key]);
        } else {
            args.extend(["-CA", &by, "-CAkey", &by_key, "-CAcreateserial"]);
        }
        openssl(&args);
    }
    let chain = [path("middle.pem"), path("mail.pem"), path("root.pem")]
        .map(|name| std::fs::read_to_string(name).unwrap());
    std::fs::write(path("chain.pem"), chain.concat()).unwrap();
    (folder.join("mail.key"), folder.join("chain.pem"), folder.join("root.pem"))
}

#[test]
fn keys_of_the_bank_sign_with_those_above_them_on_board() {
    if !asked_for() {
        return;
    }
    let p256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let rsa: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    for kind in [p256, rsa] {
        let folder = tempfile::tempdir().unwrap();
        let (key, chain, root) = bought(folder.path(), kind);
        let rig = Rig::new();
        let toml = rig.root.join("kessai.toml");
        let text = std::fs::read_to_string(&toml).unwrap();
        let files =
            format!("address = \"densai@example.jp\"\nkey = {key:?}\ncertificate = {chain:?}");
        std::fs::write(&toml, text.replace("address = \"densai@example.jp\"", &files)).unwrap();
        rig.drop_file(CUSTOMER, "a.csv", &csv("1AB2CD3EF", 3, "A"));
        rig.drain();
        let mails = files_below(&rig.root.join("outbox/mail"), ".eml");
        assert!(!mails.is_empty());
        for mail in mails {
            assert!(verifies(&mail, &root), "{kind:?} {}", mail.display());
        }
        assert_eq!(rig.json(&["cert", "show"])["issuer"], "Trust middle");
    }
}
