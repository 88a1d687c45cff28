//! A new key of mails and papers, which two people approve before it is made.

use serde::{Deserialize, Serialize};
use tracing::info;

use crate::domain::Code;
use crate::ports::Fate;
use crate::workflow::Case;

use super::super::Desk;
use super::super::proposal::ProposalKind;
use super::Plan;
use super::judge::{Asked, Findings, finding};

/// What is asked for, as people approve it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlannedKey {
    /// The SHA-256 of the certificate that is to be replaced: with another in use nothing is to be
    /// done any more.
    before: String,
    /// The last moment that one is valid, for people.
    until: String,
    /// Why it is to be another.
    reason: String,
}

impl Desk {
    /// What a sheet asks for; errs where the bank supplies key and certificate itself.
    pub(super) fn key_change(&self, reason: String) -> Result<Asked, Findings> {
        if self.signer.is_supplied() {
            let ja = "鍵と証明書は金融機関のファイルです。新しいファイルに替えて、起動し直してください。";
            let en = "key and certificate are files of the bank";
            return Err(vec![finding(Code::K09, Some("key"), (ja, en))]);
        }
        let (certificate, _) = self.certificate();
        let until = certificate.until.japanese();
        let planned = PlannedKey { before: certificate.fingerprint.to_string(), until, reason };
        let proof = vec![
            "承認されると、新しい鍵と証明書をつくり、それからのメールと書面に署名します。"
                .to_owned(),
            "指紋が変わります。お客様へのお知らせ（画面とホームページ）も直してください。"
                .to_owned(),
        ];
        let plan = Plan { key: Some(planned), ..Plan::empty() };
        Ok(Asked {
            kind: ProposalKind::Key, place: "メールと書面の署名".to_owned(), plan, proof
        })
    }

    /// Makes the key that was approved; done again after a stop it makes no other.
    pub(super) fn carry_key(&self, case: &Case, planned: &PlannedKey) -> Fate {
        let (certificate, _) = self.certificate();
        if certificate.fingerprint.to_string() != planned.before {
            return Fate::Delivered;
        }
        match self.renew_certificate(self.issuer.now()) {
            Ok(made) => {
                let digest = made.fingerprint;
                info!(case = %case.head.id, %digest, "two people changed the key");
                Fate::Delivered
            }
            Err(failed) => Fate::Later(failed.to_string()),
        }
    }
}

impl PlannedKey {
    /// The certificate as it is, a line each.
    pub(super) fn before(&self) -> String {
        format!("証明書の指紋（SHA-256）: {}\n期限: {}\n", self.before, self.until)
    }

    /// What is to be.
    pub(super) fn after(&self) -> String {
        format!("証明書: 新しい鍵でつくり直す（同じ認証局）\n理由: {}\n", self.reason)
    }
}
