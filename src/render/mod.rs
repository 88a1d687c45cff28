//! Records into bytes: PDF, mail, pictures, result and clearing files. Pure; it delivers nothing.
//!
//! Every function takes a view (plain data the service fills) and gives bytes that depend on
//! nothing else: no clock, no files, no random numbers. Made twice, an answer is the same to the
//! byte, so a retry after a crash can be compared with what is already there.
//! It refuses to look anything up, to send and to name folders. Read [`view`] first.

pub mod daily;
pub mod diff;
pub mod disclosure;
pub mod draw;
pub mod forms;
mod lines;
pub mod mail;
pub mod names;
pub mod pdf;
pub mod reasons;
pub mod reply;
pub mod requests;
pub mod results;
pub mod sheet;
pub mod view;
pub mod why;
pub mod words;
pub mod worklist;

use std::fmt;

/// A mistake in a text a person may edit: the words, a form or a mail template.
///
/// Shape: shown as `file:line: what`, line 0 when the whole file is meant. Made by
/// [`words::check`] and [`mail::check`], which return all of them at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file as the operator knows it, e.g. `templates/mail/approved.txt`.
    pub file: String,
    /// Physical line, from 1; 0 for the whole file.
    pub line: u32,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.text),
            line => write!(f, "{}:{line}: {}", self.file, self.text),
        }
    }
}

/// Why an answer could not be made.
///
/// Who reads it: the operator. Nothing here passes by waiting: a template or a setting must be
/// corrected first, except `Write`, which belongs to whoever handed in the writer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mail template does not render.
    #[error("cannot fill the mail template {name}")]
    Template {
        /// The template's name, e.g. `approved`.
        name: String,
        /// What minijinja says.
        #[source]
        cause: minijinja::Error,
    },
    /// A mail address, subject or header cannot be written.
    #[error("cannot compose the mail: the {what} is not usable")]
    Mail {
        /// Which part, e.g. `recipient`.
        what: &'static str,
        /// What lettre says.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A font subset could not be cut or the document could not be put together.
    #[error("cannot make the PDF: {what}")]
    Pdf {
        /// Which step failed.
        what: &'static str,
    },
    /// The writer handed in refused the bytes.
    #[error("cannot write the answer")]
    Write(#[source] std::io::Error),
}
