//! Reading a piece of a file: at once when memory has it, else on a thread
//! that may wait for the disk.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;

use rustix::fs::{Advice, fadvise};
use rustix::io::{Errno, ReadWriteFlags, preadv2};

use crate::buffer::Buffer;

/// How far past a cold read the kernel is asked to read ahead, so that the
/// next chunks are warm by the time the client has taken this one.
const AHEAD: u64 = 1024 * 1024;

/// What reading without waiting came to.
pub(crate) enum Warm {
    /// At least one byte, perhaps fewer than wanted: memory ended there.
    Read(Buffer),
    /// The disk would have to be waited for. Here is the buffer back.
    Cold(Buffer),
}

/// Reads up to `wanted` bytes at `offset` if that takes no waiting.
///
/// # Errors
/// What the kernel says, and [`io::ErrorKind::UnexpectedEof`] when the file
/// has no byte there any more.
pub(crate) fn warm(file: &File, offset: u64, wanted: u64, mut buffer: Buffer) -> io::Result<Warm> {
    loop {
        let room = &mut [io::IoSliceMut::new(buffer.room(wanted))];
        return match preadv2(file, room, offset, ReadWriteFlags::NOWAIT) {
            Ok(0) => Err(truncated()),
            Ok(count) => Ok(Warm::Read(buffer.filled(count))),
            Err(Errno::INTR) => continue,
            // Not every file system can say beforehand whether it would wait.
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                Ok(Warm::Cold(buffer))
            }
            Err(error) => Err(error.into()),
        };
    }
}

/// Reads up to `wanted` bytes at `offset`, waiting for the disk, and has the
/// kernel go on towards `end`. Never call it on a worker.
///
/// # Errors
/// As [`warm`].
pub(crate) fn cold(
    file: &File,
    offset: u64,
    wanted: u64,
    end: u64,
    mut buffer: Buffer,
) -> io::Result<Buffer> {
    let ahead = (end - offset).min(wanted + AHEAD);
    // Advice may be refused; then the read is merely slower.
    let _ = fadvise(file, offset, NonZeroU64::new(ahead), Advice::WillNeed);
    loop {
        return match rustix::io::pread(file, buffer.room(wanted), offset) {
            Ok(0) => Err(truncated()),
            Ok(count) => Ok(buffer.filled(count)),
            Err(Errno::INTR) => continue,
            Err(error) => Err(error.into()),
        };
    }
}

/// The file has become shorter than the answer's head promised.
fn truncated() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the file became shorter while it was sent",
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn reads_from_anywhere_in_a_file() {
        let file = file(b"0123456789");
        assert_eq!(
            cold(&file, 3, 4, 10, Buffer::take()).unwrap().as_ref(),
            b"3456"
        );
        match warm(&file, 8, 2, Buffer::take()).unwrap() {
            Warm::Read(buffer) => assert_eq!(buffer.as_ref(), b"89"),
            // A file system may always want to wait.
            Warm::Cold(buffer) => {
                assert_eq!(cold(&file, 8, 2, 10, buffer).unwrap().as_ref(), b"89");
            }
        }
    }

    #[test]
    fn says_when_the_file_has_ended() {
        let file = file(b"0123");
        let error = cold(&file, 4, 4, 8, Buffer::take()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(!matches!(
            warm(&file, 4, 4, Buffer::take()),
            Ok(Warm::Read(_))
        ));
    }
}
