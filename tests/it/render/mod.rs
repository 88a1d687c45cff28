//! What readers get: papers, mails, result files.

mod mail;
mod pdf;
mod results;
pub(crate) mod sample;
mod system;
mod words;
