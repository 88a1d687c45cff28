//! What of a bulk file is kept on disk instead of in memory.

use std::sync::Arc;

use kessai::domain::ApprovalPattern;
use kessai::formats;
use kessai::ports::KeyBook;
use kessai::workflow::VoteKind;

use crate::formats::{drop, read};
use crate::store::both;
use crate::story::Teller;

/// The keys of a bulk file.
#[derive(Debug)]
struct Even;

impl KeyBook for Even {
    fn holds(&self, key: u64) -> bool {
        key.is_multiple_of(2)
    }
}

#[test]
fn a_bulk_file_holds_its_keys_until_they_are_let_go() {
    both(|store| {
        let mut teller = Teller::new(store);
        teller.register_everybody();
        let bulk = teller.open_batch("bulk.csv", ApprovalPattern::Single);
        let batch = teller.open_batch("batch.csv", ApprovalPattern::Single);
        store.remember_book(bulk, Arc::new(Even));
        store.remember_keys(batch, &[8]);
        let holders = || [2, 4, 5, 8].map(|key| store.holder_of(key));
        assert_eq!(holders(), [Some(bulk), Some(bulk), None, Some(batch)]);
        store.forget_keys(bulk, &[4]);
        assert_eq!(holders(), [Some(bulk), None, None, Some(batch)]);
        teller.vote(bulk, "sato0001", VoteKind::Reject);
        assert_eq!(holders(), [None, None, None, Some(batch)]);
    });
}

/// Room that memory stands in for.
#[derive(Default)]
struct Spare(Vec<u8>);

impl std::io::Write for Spare {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl formats::Scratch for Spare {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        let at = usize::try_from(offset).unwrap();
        buffer.copy_from_slice(&self.0[at..at + buffer.len()]);
        Ok(())
    }
}

#[test]
fn a_record_file_is_the_same_whether_its_index_fits_in_memory_or_not() {
    let (_, accepted) = read("a.csv", &drop("utf8_87"));
    let request = &accepted.0[0].2;
    let rooms = std::sync::atomic::AtomicU32::new(0);
    let room = || -> std::io::Result<Box<dyn formats::Scratch>> {
        rooms.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(Box::<Spare>::default())
    };
    let files = [None, Some(&room as formats::MakeScratch<'_>)].map(|scratch| {
        let mut writer = formats::Writer::spilling(Vec::new(), scratch).unwrap();
        for record in 1..=300_000_u32 {
            let key = u64::from(record).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            writer.push(record, record + 1, request, key).unwrap();
        }
        writer.finish().unwrap()
    });
    assert!(files[0] == files[1]);
    assert_eq!(rooms.into_inner(), 2, "keys and index went to the disk");
}
