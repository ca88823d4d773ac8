//! Read buffers that are used again.
//!
//! A fresh buffer for every chunk would be zeroed, mapped and unmapped each
//! time, which costs as much as reading into it. Each thread keeps a few.

use std::cell::RefCell;

/// The bytes of one chunk: large enough that a chunk's fixed costs vanish,
/// small enough that it and the copy the server makes of it stay in a core's
/// own cache.
pub(crate) const CHUNK: usize = 64 * 1024;

/// The most idle buffers that a thread keeps.
const KEPT: usize = 16;

thread_local! {
    static IDLE: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer of [`CHUNK`] bytes of which the first `filled` count. Dropped, it
/// goes back to the thread that drops it.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Box<[u8]>,
    filled: usize,
}

impl Buffer {
    pub(crate) fn take() -> Self {
        let idle = IDLE.with_borrow_mut(Vec::pop);
        Self {
            bytes: idle.unwrap_or_else(|| vec![0; CHUNK].into()),
            filled: 0,
        }
    }

    /// Room for up to `wanted` bytes, at most [`CHUNK`].
    pub(crate) fn room(&mut self, wanted: u64) -> &mut [u8] {
        let room = usize::try_from(wanted).map_or(CHUNK, |wanted| wanted.min(CHUNK));
        &mut self.bytes[..room]
    }

    /// Says that the first `filled` bytes have been read.
    pub(crate) fn filled(mut self, filled: usize) -> Self {
        self.filled = filled.min(CHUNK);
        self
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        // While a thread ends its buffers may be gone already; then this one goes too.
        let _ = IDLE.try_with(|idle| {
            if let Ok(mut idle) = idle.try_borrow_mut()
                && idle.len() < KEPT
            {
                idle.push(bytes);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_buffer_is_used_again() {
        let mut buffer = Buffer::take();
        buffer.room(3).copy_from_slice(b"abc");
        let buffer = buffer.filled(3);
        assert_eq!(buffer.as_ref(), b"abc");
        let place = buffer.bytes.as_ptr();
        drop(bytes::Bytes::from_owner(buffer));
        assert_eq!(Buffer::take().bytes.as_ptr(), place);
    }

    #[test]
    fn keeps_only_a_few() {
        drop((0..100).map(|_| Buffer::take()).collect::<Vec<_>>());
        assert_eq!(IDLE.with_borrow(Vec::len), KEPT);
    }

    #[test]
    fn gives_no_more_room_than_it_has() {
        assert_eq!(Buffer::take().room(u64::MAX).len(), CHUNK);
        assert_eq!(Buffer::take().room(7).len(), 7);
    }
}
