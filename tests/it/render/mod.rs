//! What readers get: papers, mails, result files.

mod mail;
mod pdf;
mod results;
mod signed;
pub(crate) mod sample;
mod system;
mod words;
