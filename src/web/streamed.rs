//! A body that is read as the browser takes it: an answer may be as large as the largest file.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::task::JoinHandle;

use crate::ports::Blob;

/// Bytes read at once.
const PART: u64 = 256 << 10;

/// The bytes of `blob`, of which no more than a part is held in memory.
pub(super) fn streamed(blob: Box<dyn Blob>) -> Body {
    Body::new(Streamed { blob: blob.into(), at: 0, reading: None })
}

struct Streamed {
    blob: Arc<dyn Blob>,
    /// How far it was sent.
    at: u64,
    /// The next part on its way from the disk.
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let (at, left) = (this.at, this.blob.len().saturating_sub(this.at));
        if left == 0 {
            return Poll::Ready(None);
        }
        let blob = Arc::clone(&this.blob);
        let read = move || part(blob.as_ref(), at, left.min(PART));
        let reading = this.reading.get_or_insert_with(|| tokio::task::spawn_blocking(read));
        let done = ready!(Pin::new(reading).poll(context));
        this.reading = None;
        let part = done.map_err(io::Error::other).flatten();
        // After a failure there is nothing more: the browser sees that bytes are missing.
        let sent = part.as_ref().map_or(left, |bytes| bytes.len() as u64);
        this.at += sent;
        Poll::Ready(Some(part.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.blob.len().saturating_sub(self.at))
    }
}

fn part(blob: &dyn Blob, at: u64, len: u64) -> io::Result<Bytes> {
    let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
    blob.read_at(at, &mut bytes)?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A file of which every byte tells its place, and how much of it was read; it ends early.
    #[derive(Debug)]
    struct File {
        read: Arc<AtomicU64>,
        len: u64,
        there: u64,
    }

    fn byte(at: u64) -> u8 {
        u8::try_from(at % 251).unwrap()
    }

    impl Blob for File {
        fn len(&self) -> u64 {
            self.len
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
            let end = offset + buffer.len() as u64;
            self.read.fetch_max(end, Ordering::Relaxed);
            if end > self.there {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            (offset..).zip(buffer).for_each(|(at, slot)| *slot = byte(at));
            Ok(())
        }
    }

    fn body(len: u64, there: u64) -> (Body, Arc<AtomicU64>) {
        let read = Arc::new(AtomicU64::new(0));
        (streamed(Box::new(File { read: Arc::clone(&read), len, there })), read)
    }

    async fn next(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        Some(frame.map(|frame| frame.into_data().unwrap()))
    }

    #[tokio::test]
    async fn a_body_is_read_no_further_than_it_is_taken_and_comes_whole() {
        let len = 3 * PART + 7;
        let (mut body, read) = body(len, len);
        assert_eq!(body.size_hint().exact(), Some(len));
        assert_eq!(read.load(Ordering::Relaxed), 0, "nothing is read before it is asked for");
        let mut at = 0;
        while let Some(part) = next(&mut body).await {
            let part = part.unwrap();
            assert!(part.iter().zip(at..).all(|(one, at)| *one == byte(at)));
            at += part.len() as u64;
            assert_eq!(read.load(Ordering::Relaxed), at);
        }
        assert_eq!(at, len);
        assert!(next(&mut self::body(0, 0).0).await.is_none());
    }

    #[tokio::test]
    async fn a_file_that_became_shorter_fails_and_ends() {
        let (mut body, _) = body(2 * PART, PART + 1);
        assert_eq!(next(&mut body).await.unwrap().unwrap().len() as u64, PART);
        assert!(next(&mut body).await.unwrap().is_err());
        assert!(next(&mut body).await.is_none());
    }
}
