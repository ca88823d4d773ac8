//! Which parts of a file are known to lie in memory.
//!
//! `sendfile` waits for the disk when they do not, and the worker with it. So
//! each block is read through once without waiting before it is sent that way;
//! what has just been read will not be pushed out within moments.

use std::fs::File;
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::buffer::{Buffer, CHUNK};
use crate::read::{self, Warm};

/// Bytes that are remembered together.
const BLOCK: u64 = 512 * 1024;

/// How long a block counts as in memory after it was read, in milliseconds.
const TRUSTED: u64 = 2_000;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When each block of a file was last read through, in milliseconds since
/// [`START`] and one; 0 for never.
#[derive(Debug)]
pub(crate) struct Warmth {
    blocks: Box<[AtomicU64]>,
    len: u64,
}

impl Warmth {
    pub(crate) fn new(len: u64) -> Self {
        let blocks = (0..len.div_ceil(BLOCK))
            .map(|_| AtomicU64::new(0))
            .collect();
        Self { blocks, len }
    }

    /// Whether all of a range is in memory. May read it, but never waits.
    pub(crate) fn covers(&self, file: &File, range: &Range<u64>) -> bool {
        let now = u64::try_from(START.elapsed().as_millis())
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        (range.start / BLOCK..range.end.div_ceil(BLOCK)).all(|index| {
            // A file that has grown has blocks that nothing is known of.
            let Some(read) = usize::try_from(index)
                .ok()
                .and_then(|index| self.blocks.get(index))
            else {
                return false;
            };
            let last = read.load(Ordering::Relaxed);
            if last > 0 && now.saturating_sub(last) < TRUSTED {
                return true;
            }
            let warm = in_memory(file, index * BLOCK..((index + 1) * BLOCK).min(self.len));
            if warm {
                read.store(now, Ordering::Relaxed);
            }
            warm
        })
    }
}

/// Reads a range and throws it away; false when that would take waiting.
fn in_memory(file: &File, mut range: Range<u64>) -> bool {
    let mut buffer = Buffer::take();
    while !range.is_empty() {
        let wanted = (range.end - range.start).min(CHUNK as u64);
        match read::warm(file, range.start, wanted, buffer) {
            Ok(Warm::Read(read)) => {
                range.start += read.as_ref().len() as u64;
                buffer = read;
            }
            Ok(Warm::Cold(_)) | Err(_) => return false,
        }
    }
    true
}
