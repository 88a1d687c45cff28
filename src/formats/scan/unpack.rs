//! Bytes unpacked into room that is there: nothing can grow beyond it.
//!
//! Each gives how many bytes came of it, fewer than the room where the packed ones are damaged or
//! end early.

use flate2::{Decompress, FlushDecompress};
use weezl::{BitOrder, LzwStatus};

/// LZW as TIFF and PDF have it.
pub(super) fn lzw(packed: &[u8], room: &mut [u8]) -> usize {
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8);
    let (mut read, mut made) = (0, 0);
    while let (Some(from), Some(to)) = (packed.get(read..), room.get_mut(made..)) {
        let step = decoder.decode_bytes(from, to);
        read += step.consumed_in;
        made += step.consumed_out;
        let stuck = step.consumed_in == 0 && step.consumed_out == 0;
        if stuck || made == room.len() || !matches!(step.status, Ok(LzwStatus::Ok)) {
            break;
        }
    }
    made
}

/// Deflate with the heading of zlib.
pub(super) fn deflate(packed: &[u8], room: &mut [u8]) -> usize {
    let mut inflater = Decompress::new(true);
    // What came before an error stays; what the error is makes no difference.
    inflater.decompress(packed, room, FlushDecompress::Finish).ok();
    usize::try_from(inflater.total_out()).unwrap_or(0).min(room.len())
}

/// Runs and copies of bytes.
pub(super) fn pack_bits(packed: &[u8], room: &mut [u8]) -> usize {
    let (mut rest, mut made) = (packed, 0);
    while let Some((&head, after)) = rest.split_first() {
        let left = room.get_mut(made..).unwrap_or_default();
        if left.is_empty() {
            break;
        }
        match head {
            0..=127 => {
                let count = (usize::from(head) + 1).min(left.len()).min(after.len());
                left.iter_mut().zip(after).take(count).for_each(|(to, from)| *to = *from);
                made += count;
                rest = after.get(usize::from(head) + 1..).unwrap_or_default();
            }
            128 => rest = after,
            129..=255 => {
                let Some((&byte, after)) = after.split_first() else { break };
                let count = (257 - usize::from(head)).min(left.len());
                left.iter_mut().take(count).for_each(|to| *to = byte);
                made += count;
                rest = after;
            }
        }
    }
    made
}

/// Five letters for four bytes; up to the end mark or the first letter that is none of them.
pub(super) fn ascii85(letters: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(letters.len() / 5 * 4);
    let (mut sum, mut count) = (0_u32, 0);
    for letter in letters.iter().filter(|letter| !letter.is_ascii_whitespace()) {
        match letter {
            b'z' if count == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                sum = sum.wrapping_mul(85).wrapping_add(u32::from(letter - b'!'));
                count += 1;
            }
            _ => break,
        }
        if count == 5 {
            out.extend(sum.to_be_bytes());
            (sum, count) = (0, 0);
        }
    }
    if count > 1 {
        // Filled up with the last letter, of which nothing is left.
        (count..5).for_each(|_| sum = sum.wrapping_mul(85).wrapping_add(84));
        out.extend(sum.to_be_bytes().iter().take(count - 1));
    }
    out
}

/// Nothing is packed.
pub(super) fn plain(bytes: &[u8], room: &mut [u8]) -> usize {
    room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    bytes.len().min(room.len())
}

/// Rows of `row` bytes out of those that PNG predicts from the row above and the dot at the left,
/// which is `step` bytes away. Each has its way before it.
pub(super) fn png_rows(rows: &[u8], row: usize, step: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len());
    let mut above = vec![0; row];
    for coded in rows.chunks_exact(row + 1) {
        let (way, rest) = (coded[0], &coded[1..]);
        let mut now = rest.to_vec();
        for at in 0..row {
            let left = at.checked_sub(step).map_or(0, |left| now[left]);
            let corner = at.checked_sub(step).map_or(0, |left| above[left]);
            let guess = match way {
                1 => left,
                2 => above[at],
                3 => left.midpoint(above[at]),
                4 => paeth(left, above[at], corner),
                _ => 0,
            };
            now[at] = now[at].wrapping_add(guess);
        }
        out.extend_from_slice(&now);
        above = now;
    }
    out
}

/// Whichever of three is nearest to what they hint at together.
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let hint = i16::from(left) + i16::from(above) - i16::from(corner);
    let far = |one: u8| (hint - i16::from(one)).abs();
    if far(left) <= far(above) && far(left) <= far(corner) {
        left
    } else if far(above) <= far(corner) {
        above
    } else {
        corner
    }
}
