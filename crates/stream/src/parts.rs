//! What a body consists of: stretches of the file and, between them, the
//! lines of `multipart/byteranges` (RFC 9110 §14.6).

use std::ops::Range;

use bytes::Bytes;
use uuid::Uuid;

/// One piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes of the file.
    File(Range<u64>),
    /// Bytes as they are.
    Text(Bytes),
}

/// A `multipart/byteranges` body before it is sent.
#[derive(Debug)]
pub(crate) struct Multipart {
    /// The value of the answer's `Content-Type`.
    pub(crate) content_type: String,
    pub(crate) pieces: Vec<Piece>,
    /// Of all pieces together.
    pub(crate) length: u64,
}

impl Multipart {
    /// Lays out the parts of a file of `len` bytes and the given media type.
    pub(crate) fn new(ranges: Vec<Range<u64>>, len: u64, media_type: &str) -> Self {
        // Nobody can put a boundary that is drawn for each answer into a file.
        let boundary = Uuid::new_v4().simple();
        let mut pieces = Vec::with_capacity(ranges.len() * 2 + 1);
        let mut length = 0;
        for (index, range) in ranges.into_iter().enumerate() {
            let line = if index == 0 { "" } else { "\r\n" };
            let head = format!(
                "{line}--{boundary}\r\ncontent-type: {media_type}\r\ncontent-range: {}\r\n\r\n",
                content_range(&range, len),
            );
            length += head.len() as u64 + (range.end - range.start);
            pieces.push(Piece::Text(head.into()));
            pieces.push(Piece::File(range));
        }
        let end = format!("\r\n--{boundary}--\r\n");
        length += end.len() as u64;
        pieces.push(Piece::Text(end.into()));
        Self {
            content_type: format!("multipart/byteranges; boundary={boundary}"),
            pieces,
            length,
        }
    }
}

/// `Content-Range` of a range that is not empty.
pub(crate) fn content_range(range: &Range<u64>, len: u64) -> String {
    format!("bytes {}-{}/{len}", range.start, range.end - 1)
}
