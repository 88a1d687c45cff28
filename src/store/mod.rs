//! The journal, which is the truth, and the state folded from it.
//!
//! Read [`Embedded`] first. It decides nothing: it keeps commits, folds them and answers.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this room touches files, and looks up hashed keys whose order nobody sees"
)]

mod answer;
mod blobs;
mod checkpoint;
mod embedded;
mod journal;
mod memory;
mod state;
mod strikes;

pub use blobs::{BlobFolder, MemoryBlob, MemoryBlobs, Nameless};
pub use embedded::{Embedded, OpenError, Opened};
pub use journal::{Damage, JournalReport, verify};
pub use memory::Memory;
pub use strikes::StrikeFolder;
