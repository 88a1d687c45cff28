//! The mail server, over SMTP.
//!
//! It speaks by TLS alone: STARTTLS is required where it is used, and a certificate that does not
//! fit ends the connection. What became of a mail is told from the command that failed: before the
//! mail was written nothing can have arrived, after it nobody knows unless the server answers.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, SmtpConnection, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;

use crate::ports::{Closed, Fate, Relay};

/// When a connection is made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// By STARTTLS, before anything else is said.
    StartTls,
    /// From its first byte.
    Implicit,
}

/// Who logs in at the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user's name there.
    pub user: String,
    /// The file whose first line is the password.
    pub password_file: PathBuf,
}

/// A mail server and how it is talked to; from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port, mostly 587 or 465.
    pub port: u16,
    /// When connections are made safe.
    pub tls: Tls,
    /// Who logs in, where the server wants that.
    pub login: Option<Login>,
    /// A file of authorities in PEM; without it those the system trusts.
    pub ca: Option<PathBuf>,
    /// Who sends: the envelope's sender.
    pub sender: String,
    /// How long an answer is waited for.
    pub patience: Duration,
}

/// The mail server cannot be used as the settings say.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// A file cannot be read.
    #[error("{} を読めません / cannot read it", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file of authorities holds none, or none that fits.
    #[error("認証局の証明書が使えません / the authorities cannot be used")]
    Authorities(#[source] Error),
    /// The sender's address is none.
    #[error("差出人のアドレスが正しくありません / the sender is no mail address")]
    Sender(#[source] lettre::address::AddressError),
}

/// Hands mails to a mail server, each thread over a connection of its own.
pub struct SmtpRelay {
    server: Server,
    sender: Address,
    credentials: Option<Credentials>,
    parameters: TlsParameters,
    hello: ClientId,
    /// Connections nobody uses at the moment.
    idle: Mutex<Vec<SmtpConnection>>,
}

impl fmt::Debug for SmtpRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpRelay").field("server", &self.server).finish_non_exhaustive()
    }
}

impl SmtpRelay {
    /// A way to `server`; nothing is connected yet.
    ///
    /// Errs when a file that is named cannot be read, or does not hold what it should.
    pub fn open(server: Server) -> Result<Self, SmtpError> {
        let sender: Address = server.sender.parse().map_err(SmtpError::Sender)?;
        let credentials = server.login.as_ref().map(|login| {
            let text = String::from_utf8_lossy(&read(&login.password_file)?).into_owned();
            let password = text.lines().next().unwrap_or_default().to_owned();
            Ok(Credentials::new(login.user.clone(), password))
        });
        let credentials = credentials.transpose()?;
        let mut tls = TlsParameters::builder(server.host.clone());
        if let Some(ca) = &server.ca {
            let roots = Certificate::from_pem(&read(ca)?).map_err(SmtpError::Authorities)?;
            tls = tls.certificate_store(CertificateStore::None).add_root_certificate(roots);
        }
        let parameters = tls.build_rustls().map_err(SmtpError::Authorities)?;
        let hello = ClientId::Domain(sender.domain().to_owned());
        Ok(Self { server, sender, credentials, parameters, hello, idle: Mutex::default() })
    }

    /// A new safe connection, logged in.
    fn connect(&self) -> Result<SmtpConnection, Error> {
        let Server { host, port, tls, patience, .. } = &self.server;
        let implicit = (*tls == Tls::Implicit).then_some(&self.parameters);
        let place = (host.as_str(), *port);
        let mut connection =
            SmtpConnection::connect(place, Some(*patience), &self.hello, implicit, None)?;
        if *tls == Tls::StartTls {
            connection.starttls(&self.parameters, &self.hello)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials)?;
        }
        Ok(connection)
    }

    /// A connection on which a mail was begun: an idle one, or a new one where none is left that
    /// the server still keeps open.
    fn begin(&self) -> Result<SmtpConnection, Error> {
        let begin = |connection: &mut SmtpConnection| {
            connection.command(Mail::new(Some(self.sender.clone()), Vec::new()))
        };
        while let Some(mut connection) = self.take() {
            if begin(&mut connection).is_ok() {
                return Ok(connection);
            }
        }
        let mut connection = self.connect()?;
        begin(&mut connection)?;
        Ok(connection)
    }

    fn take(&self) -> Option<SmtpConnection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Relay for SmtpRelay {
    fn send(&self, to: &str, mail: &[u8]) -> Result<Fate, Closed> {
        let address: Address = match to.parse() {
            Ok(address) => address,
            Err(error) => return Ok(Fate::Never(format!("宛先が正しくありません（{error}）。"))),
        };
        let Some(framed) = framed(mail) else {
            return Ok(Fate::Never("メールが文字として読めません。".to_owned()));
        };
        let mut connection = self.begin().map_err(|error| Closed(error.to_string()))?;
        // Servers repeat the address they refuse; what became of a mail is logged, too.
        let words = |error: &Error| error.to_string().replace(to, "***");
        let announced = connection
            .command(Rcpt::new(address, Vec::new()))
            .and_then(|_| connection.command(Data));
        if let Err(error) = announced {
            let words = words(&error);
            return Ok(refused(&error, &words).unwrap_or_else(|| {
                Fate::Later(format!("メールを渡す前に接続が切れました（{words}）。"))
            }));
        }
        match connection.command(framed) {
            Ok(_) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                Ok(Fate::Delivered)
            }
            Err(error) => {
                let words = words(&error);
                Ok(refused(&error, &words).unwrap_or_else(|| {
                    Fate::Unsure(format!(
                        "メールサーバーの返事がなく、届いたかどうかがわかりません（{words}）。"
                    ))
                }))
            }
        }
    }
}

/// A mail as it is written to the server, up to the dot that ends it (RFC 5321, 4.5.2).
///
/// It is written at once: lettre writes the end apart, and then the network waits forty
/// milliseconds with it, for each mail.
fn framed(mail: &[u8]) -> Option<String> {
    let mut framed = std::str::from_utf8(mail).ok()?.replace("\r\n.", "\r\n..");
    if framed.starts_with('.') {
        framed.insert(0, '.');
    }
    if !framed.ends_with("\r\n") {
        framed.push_str("\r\n");
    }
    framed.push_str(".\r\n");
    Some(framed)
}

/// What the server said of a mail, if it was an answer.
fn refused(error: &Error, words: &str) -> Option<Fate> {
    if error.is_transient() {
        let why = format!("メールサーバーが、いまは受け取れないと答えました（{words}）。");
        return Some(Fate::Later(why));
    }
    let why = || format!("メールサーバーが受け取りませんでした（{words}）。");
    error.is_permanent().then(|| Fate::Never(why()))
}

fn read(path: &Path) -> Result<Vec<u8>, SmtpError> {
    fs::read(path).map_err(|source| SmtpError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::framed;

    #[test]
    fn a_dot_at_the_start_of_a_line_is_doubled_and_the_mail_ends_with_one() {
        for (mail, expected) in [
            ("a\r\nb\r\n", "a\r\nb\r\n.\r\n"),
            ("a\r\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"),
            (".a\r\n..b\r\n", "..a\r\n...b\r\n.\r\n"),
        ] {
            assert_eq!(framed(mail.as_bytes()).as_deref(), Some(expected));
        }
        assert_eq!(framed(&[0xff]), None);
    }
}
