//! The mails about somebody's access, and what is done in their name. None holds a password, and
//! none can be switched off.

use crate::domain::Timestamp;
use crate::render::mail::{Kind, Letter};
use crate::workflow::{Addressed, Effect, EffectScope, SecurityMail, SecurityNews};

use super::super::Desk;

impl Desk {
    /// What a mail about somebody's access says.
    pub(in crate::service) fn security_letter(
        &self,
        effect: &Effect,
        mail: &SecurityMail,
    ) -> Letter {
        let mut letter = self.plain(effect, Kind::Security);
        letter.to_name =
            self.store.user(&mail.to).map_or_else(|| mail.to.to_string(), |user| user.person.name);
        letter.to_address.clone_from(&mail.address);
        mail.news.japanese().clone_into(&mut letter.seat);
        let mut facts =
            vec![format!("ユーザーID: {}", mail.to), format!("日時: {}", effect.at.japanese())];
        if !mail.by.is_empty() {
            facts.push(format!("行った方: {}", mail.by));
        }
        if let EffectScope::Case(case) = effect.scope {
            facts.push(format!("案件: {case}"));
        }
        facts.extend(self.what_next(mail));
        letter.reason = facts.join("\n");
        letter
    }

    /// What the person may have to do.
    fn what_next(&self, mail: &SecurityMail) -> Option<String> {
        let text = match mail.news {
            SecurityNews::EmailAsked if mail.which == Addressed::Present => {
                let number = self.email_number(&mail.to, &mail.address);
                format!("確認番号: {number}\n「アカウント」の画面で、この番号を入力してください。")
            }
            SecurityNews::EmailAsked => {
                "新しいアドレスで確認が済むまで、お知らせはこのアドレスに届きます。".to_owned()
            }
            SecurityNews::Reset | SecurityNews::Registered => {
                "仮パスワードは、手続をしたマスターユーザーまたはお取引店からお受け取りください。\
                 24時間以内にログインして、ご自分のパスワードに変更してください。"
                    .to_owned()
            }
            SecurityNews::CertificatePermitted => {
                let until = self.pick_up_until(&mail.to).map(Timestamp::japanese);
                let until = until.map(|until| format!("（{until} まで）")).unwrap_or_default();
                format!(
                    "受取番号を、手続をしたマスターユーザーまたはお取引店からお受け取りください。\
                     電子証明書を入れるパソコンで、受取の画面を開いてください{until}。"
                )
            }
            SecurityNews::CertificateEnding => {
                let days = self.certificate_days(&mail.to).unwrap_or_default();
                format!(
                    "あと{days}日で期限です。過ぎるとログインできなくなります。電子証明書を入れた\
                     パソコンでログインし、「アカウント」の画面で新しいものを受け取ってください。"
                )
            }
            SecurityNews::LoginLocked | SecurityNews::ApprovalLocked => {
                "5回続けて違うパスワードが入力されました。自動では元に戻りません。\
                 マスターユーザーまたはお取引店に、再設定をお申し出ください。"
                    .to_owned()
            }
            SecurityNews::OnPaper => {
                "承認作業票に押印された決裁として、上の方々が読み取りました。案件の画面で、内容と\
                 スキャンをお確かめください。"
                    .to_owned()
            }
            SecurityNews::LoginPassword
            | SecurityNews::ApprovalPassword
            | SecurityNews::Email
            | SecurityNews::Unlocked
            | SecurityNews::Changed
            | SecurityNews::Suspended
            | SecurityNews::Resumed
            | SecurityNews::Removed
            | SecurityNews::CertificateIssued
            | SecurityNews::CertificateRevoked
            | SecurityNews::Method => return None,
            SecurityNews::Joined | SecurityNews::Parted => {
                "まとめられたIDは一人の方のものとして数え、一つの案件で承認欄を一つだけ埋めます。\
                 お心当たりがないときは、お取引店へご連絡ください。"
                    .to_owned()
            }
        };
        Some(text)
    }
}
