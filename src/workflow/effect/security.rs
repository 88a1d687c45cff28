//! What a person is told when something about how they come in has changed.

use serde::{Deserialize, Serialize};

use super::Addressed;
use crate::domain::UserId;

/// What a mail about somebody's access tells, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SecurityMail {
    /// Who is told.
    pub to: UserId,
    /// The address, as it is or was when it was caused.
    pub address: String,
    /// Whether it is the one from now on: a change of address is told to both.
    pub which: Addressed,
    /// What happened.
    pub news: SecurityNews,
    /// Who did it, by name; empty where the person did, or nobody.
    pub by: String,
    /// When, in milliseconds since 1970: it tells one mail from the next.
    pub n: i64,
}

/// What happened to somebody's access, or in their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SecurityNews {
    /// The login password is another.
    LoginPassword,
    /// The approval password is another.
    ApprovalPassword,
    /// Another mail address was asked for; it counts once it is confirmed.
    EmailAsked,
    /// The mail address is another.
    Email,
    /// The passwords were reset; they begin with ones good for choosing only.
    Reset,
    /// Five wrong login passwords in a row.
    LoginLocked,
    /// Five wrong approval passwords in a row.
    ApprovalLocked,
    /// Locked passwords open again.
    Unlocked,
    /// They are a user now.
    Registered,
    /// Their name or what they may do is another.
    Changed,
    /// They may not come in for the time being.
    Suspended,
    /// They may come in again.
    Resumed,
    /// They are no user any more.
    Removed,
    /// They have a certificate now.
    CertificateIssued,
    /// Their certificate opens nothing any more.
    CertificateRevoked,
    /// They need a certificate from now on, or none any more.
    Method,
    /// Two officers let them have a certificate made.
    CertificatePermitted,
    /// Their user ID and another are one human's.
    Joined,
    /// Their user ID is joined with no other any more.
    Parted,
    /// Their certificate ends soon.
    CertificateEnding,
    /// A decision was recorded in their name, from paper.
    OnPaper,
}

impl SecurityNews {
    /// Everything there is to tell.
    pub const ALL: [Self; 21] = [
        Self::LoginPassword,
        Self::ApprovalPassword,
        Self::EmailAsked,
        Self::Email,
        Self::Reset,
        Self::LoginLocked,
        Self::ApprovalLocked,
        Self::Unlocked,
        Self::Registered,
        Self::Changed,
        Self::Suspended,
        Self::Resumed,
        Self::Removed,
        Self::CertificateIssued,
        Self::CertificateRevoked,
        Self::Method,
        Self::CertificatePermitted,
        Self::Joined,
        Self::Parted,
        Self::CertificateEnding,
        Self::OnPaper,
    ];

    /// The word in names, e.g. `login_password`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoginPassword => "login_password",
            Self::ApprovalPassword => "approval_password",
            Self::EmailAsked => "email_asked",
            Self::Email => "email",
            Self::Reset => "reset",
            Self::LoginLocked => "login_locked",
            Self::ApprovalLocked => "approval_locked",
            Self::Unlocked => "unlocked",
            Self::Registered => "registered",
            Self::Changed => "changed",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Removed => "removed",
            Self::CertificateIssued => "certificate_issued",
            Self::CertificateRevoked => "certificate_revoked",
            Self::Method => "method",
            Self::CertificatePermitted => "certificate_permitted",
            Self::Joined => "joined",
            Self::Parted => "parted",
            Self::CertificateEnding => "certificate_ending",
            Self::OnPaper => "on_paper",
        }
    }

    /// What happened, as a sentence without its end: ログインパスワードが変更されました.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::LoginPassword => "ログインパスワードが変更されました",
            Self::ApprovalPassword => "承認パスワードが変更されました",
            Self::EmailAsked => "メールアドレスの変更の申し出がありました",
            Self::Email => "メールアドレスが変更されました",
            Self::Reset => "パスワードが再設定されました",
            Self::LoginLocked => "ログインパスワードが使えなくなりました",
            Self::ApprovalLocked => "承認パスワードが使えなくなりました",
            Self::Unlocked => "使えなくなったパスワードが使えるようになりました",
            Self::Registered => "ユーザーとして登録されました",
            Self::Changed => "ユーザーの氏名または権限が変更されました",
            Self::Suspended => "ユーザーの利用が停止されました",
            Self::Resumed => "ユーザーの利用が再開されました",
            Self::Removed => "ユーザーの登録が削除されました",
            Self::CertificateIssued => "電子証明書が発行されました",
            Self::CertificateRevoked => "電子証明書が失効しました",
            Self::Method => "ログインの方式（電子証明書の要否）が変更されました",
            Self::CertificatePermitted => "電子証明書の発行が承認されました",
            Self::Joined => "ユーザーIDが、同じ方のものとしてまとめられました",
            Self::Parted => "ユーザーIDが、別の方のものとして分けられました",
            Self::CertificateEnding => "電子証明書の期限が近づいています",
            Self::OnPaper => "紙での決裁が、あなたのお名前で記録されました",
        }
    }
}
