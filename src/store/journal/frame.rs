//! One frame: the commits of one sync.

use sha2::{Digest as _, Sha256};

use crate::ports::Commit;

use super::{FORMAT, Hash};

/// Bytes before the payload: length, crc, previous hash, first sequence, count of commits.
pub(super) const HEADER: usize = 4 + 4 + 32 + 8 + 4;
/// A payload is at most this long, so that a wrong length is noticed.
pub(super) const PAYLOAD_MAX: usize = 16 << 20;
/// The first bytes of a segment: magic, format, sequence and hash before it.
pub(super) const SEGMENT_HEADER: usize = 8 + 8 + 32;

/// A segment's first bytes.
pub(super) fn segment_header(sequence: u64, hash: &Hash) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SEGMENT_HEADER);
    bytes.extend_from_slice(b"kessaiJ");
    bytes.push(FORMAT);
    bytes.extend_from_slice(&sequence.to_le_bytes());
    bytes.extend_from_slice(hash);
    bytes
}

/// Commits being gathered for one sync.
#[derive(Debug, Default)]
pub(in crate::store) struct Group {
    payload: Vec<u8>,
    count: u32,
}

impl Group {
    /// Adds a commit.
    #[expect(clippy::expect_used, reason = "plain data always encodes")]
    pub(in crate::store) fn push(&mut self, commit: &Commit) {
        let payload = std::mem::take(&mut self.payload);
        self.payload = postcard::to_extend(commit, payload).expect("a commit can be written");
        self.count = self.count.saturating_add(1);
    }

    /// Bytes gathered so far.
    pub(in crate::store) fn len(&self) -> usize {
        self.payload.len()
    }

    /// Whether there is nothing to write.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many commits were gathered.
    pub(in crate::store) const fn count(&self) -> u32 {
        self.count
    }

    /// The frame's bytes and its hash.
    pub(super) fn seal(self, previous: &Hash, sequence: u64) -> (Vec<u8>, Hash) {
        let mut bytes = Vec::with_capacity(HEADER + self.payload.len());
        let length = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(previous);
        bytes.extend_from_slice(&sequence.to_le_bytes());
        bytes.extend_from_slice(&self.count.to_le_bytes());
        bytes.extend_from_slice(&self.payload);
        let crc = checksum(&bytes);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        let hash: Hash = Sha256::digest(&bytes).into();
        (bytes, hash)
    }
}

/// The crc over everything but the crc itself.
fn checksum(frame: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&frame[..4]), &frame[8..])
}

/// What stands at some place of a segment.
pub(super) enum Found<'s> {
    /// Zeros: nothing was written here yet.
    End,
    /// A frame that is whole.
    Frame(Frame<'s>),
    /// Something else.
    Bad(&'static str),
}

/// A whole frame.
pub(super) struct Frame<'s> {
    pub(super) previous: Hash,
    pub(super) sequence: u64,
    pub(super) count: u32,
    pub(super) payload: &'s [u8],
    pub(super) hash: Hash,
    pub(super) len: usize,
}

/// What stands at the beginning of `bytes`.
pub(super) fn read(bytes: &[u8]) -> Found<'_> {
    let Some(header) = bytes.get(..HEADER) else {
        return if bytes.iter().all(|byte| *byte == 0) {
            Found::End
        } else {
            Found::Bad("cut off")
        };
    };
    if header.iter().all(|byte| *byte == 0) {
        return Found::End;
    }
    let number = |at: usize| {
        let four: [u8; 4] = header[at..at + 4].try_into().unwrap_or_default();
        u32::from_le_bytes(four)
    };
    let length = usize::try_from(number(0)).unwrap_or(usize::MAX);
    if length > PAYLOAD_MAX {
        return Found::Bad("a length is impossible");
    }
    let Some(frame) = bytes.get(..HEADER + length) else { return Found::Bad("cut off") };
    if checksum(frame) != number(4) {
        return Found::Bad("a checksum does not fit");
    }
    Found::Frame(Frame {
        previous: header[8..40].try_into().unwrap_or_default(),
        sequence: u64::from_le_bytes(header[40..48].try_into().unwrap_or_default()),
        count: number(48),
        payload: &frame[HEADER..],
        hash: Sha256::digest(frame).into(),
        len: frame.len(),
    })
}
