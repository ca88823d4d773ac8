//! The answer to a request for a stored file.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use actix_web::body::BoxBody;
use actix_web::http::header::{
    self, ContentDisposition, EntityTag, HeaderName, HeaderValue, HttpDate, TryIntoHeaderValue,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};

use crate::body::{FileBody, LengthOnly, WORTHWHILE};
use crate::condition::{self, Verdict};
use crate::open::{OpenFiles, Opened};
use crate::parts::{Multipart, Piece, content_range};
use crate::range::{Selection, select};
use crate::refusal;
use crate::remote::{RemoteBody, RemoteFile};
use crate::wire::SendfileHandle;

/// A file and what its answers say of it. Its length is taken from the file.
#[derive(Debug, Clone)]
pub struct StoredFile {
    /// Where it lies. What lies there must not change while it is served: new
    /// content is a new file, renamed into place.
    pub source: Source,
    /// A strong tag (§8.8.3), different for different bytes. With a weak one,
    /// `If-Match` and `If-Range` never match.
    pub etag: EntityTag,
    /// The media type.
    pub content_type: HeaderValue,
    /// `Cache-Control`.
    pub cache_control: HeaderValue,
    /// When the bytes came to be, if that is known for certain; whole seconds
    /// count. It is used as a strong validator in `If-Range` (§8.8.2.2).
    pub last_modified: Option<SystemTime>,
    /// Whether and as what a browser saves it.
    pub disposition: Option<ContentDisposition>,
}

/// Where a stored file lies.
#[derive(Debug, Clone)]
pub enum Source {
    /// On this machine.
    Local(PathBuf),
    /// On another one.
    Remote(RemoteFile),
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::Local(path)
    }
}

/// What answers are made of.
enum Content {
    Open(Opened),
    Remote(RemoteFile),
}

impl Content {
    /// Bytes.
    fn len(&self) -> u64 {
        match self {
            Self::Open(opened) => opened.len,
            Self::Remote(remote) => remote.len,
        }
    }
}

/// Why there is no answer. The caller knows what to call the thing that is
/// missing.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nothing lies at the path.
    #[error("the stored file is missing")]
    NotFound,
    /// Something else than a regular file does.
    #[error("the stored file is not a regular file")]
    NotAFile,
    /// It could not be opened.
    #[error("the stored file could not be opened")]
    Io(#[source] io::Error),
}

impl From<io::Error> for ServeError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound,
            _ => Self::Io(error),
        }
    }
}

/// Serves files, and keeps some of them open for the next request. Make one
/// for the process and share it.
#[derive(Debug)]
pub struct Files {
    open: OpenFiles,
}

impl Files {
    /// Keeps about `open_files` files open, each for less than a minute unless
    /// nothing else is opened. That many file descriptors are used in addition
    /// to those of answers under way.
    pub fn new(open_files: usize) -> Self {
        Self {
            open: OpenFiles::new(open_files),
        }
    }

    /// Closes a file that is about to be deleted or moved, so that its space
    /// comes free. Answers under way still finish. Forgetting it is not needed
    /// to stop a deleted file from being served: that is noticed anyway.
    pub fn evict(&self, path: &Path) {
        self.open.evict(path);
    }

    /// Answers GET and HEAD: 200, 206, 304, 405, 412 or 416.
    ///
    /// `Range` counts for GET alone (§14.2). Only the head is made here; the
    /// file is read while the answer is sent.
    ///
    /// # Errors
    /// When there is no file to send, see [`ServeError`].
    pub async fn serve(
        &self,
        req: &HttpRequest,
        file: &StoredFile,
    ) -> Result<HttpResponse, ServeError> {
        let head = match *req.method() {
            Method::GET => false,
            Method::HEAD => true,
            _ => return Ok(refusal::method_not_allowed()),
        };
        // Conditions only count where the answer would else be a success
        // (§13.2.1), so the file has to be there first. Of a remote one
        // the caller knows that it is.
        let content = match &file.source {
            Source::Local(path) => Content::Open(self.open.open(path).await?),
            Source::Remote(remote) => Content::Remote(remote.clone()),
        };
        let len = content.len();
        match condition::evaluate(req, &file.etag, file.last_modified) {
            Verdict::Failed => return Ok(refusal::precondition_failed()),
            Verdict::NotModified => return Ok(not_modified(file)),
            Verdict::Proceed => {}
        }
        if head {
            let body = BoxBody::new(LengthOnly(len));
            return Ok(whole(file, len, described(file, StatusCode::OK, body)));
        }
        match selection(req, file, len) {
            Selection::Whole => {
                let pieces = vec![Piece::File(0..len)];
                let answer = sending(req, file, StatusCode::OK, content, pieces, len).await?;
                Ok(whole(file, len, answer))
            }
            Selection::Unsatisfiable => Ok(refusal::range_not_satisfiable(len)),
            Selection::Parts(ranges) => partial(req, file, content, ranges).await,
        }
    }
}

/// What of the file is asked for, if the request's `Range` counts at all.
fn selection(req: &HttpRequest, file: &StoredFile, len: u64) -> Selection {
    let mut values = req.headers().get_all(header::RANGE);
    match (values.next(), values.next()) {
        (Some(value), None) if condition::range_applies(req, &file.etag, file.last_modified) => {
            value
                .to_str()
                .map_or(Selection::Whole, |value| select(value, len))
        }
        // Range is no list field: two of them mean nothing.
        _ => Selection::Whole,
    }
}

/// 200, made of an answer that is described already.
fn whole(file: &StoredFile, len: u64, mut answer: HttpResponse) -> HttpResponse {
    put(&mut answer, header::CONTENT_TYPE, file.content_type.clone());
    if len > 0 {
        // Compressed on the way, the bytes would no longer be those that
        // ranges and the strong tag speak of. This makes middleware leave them.
        put(
            &mut answer,
            header::CONTENT_ENCODING,
            HeaderValue::from_static("identity"),
        );
    }
    answer
}

/// 206.
async fn partial(
    req: &HttpRequest,
    file: &StoredFile,
    content: Content,
    mut ranges: Vec<Range<u64>>,
) -> Result<HttpResponse, ServeError> {
    let len = content.len();
    if ranges.len() == 1 {
        let range = ranges.swap_remove(0);
        let (named, size) = (content_range(&range, len), range.end - range.start);
        let pieces = vec![Piece::File(range)];
        let mut answer = sending(
            req,
            file,
            StatusCode::PARTIAL_CONTENT,
            content,
            pieces,
            size,
        )
        .await?;
        put(&mut answer, header::CONTENT_TYPE, file.content_type.clone());
        put_text(&mut answer, header::CONTENT_RANGE, named);
        return Ok(answer);
    }
    let media_type = file
        .content_type
        .to_str()
        .unwrap_or("application/octet-stream");
    let Multipart {
        content_type,
        pieces,
        length,
    } = Multipart::new(ranges, len, media_type);
    let mut answer = sending(
        req,
        file,
        StatusCode::PARTIAL_CONTENT,
        content,
        pieces,
        length,
    )
    .await?;
    put_text(&mut answer, header::CONTENT_TYPE, content_type);
    Ok(answer)
}

/// An answer with a body of `size` bytes.
async fn sending(
    req: &HttpRequest,
    file: &StoredFile,
    status: StatusCode,
    content: Content,
    pieces: Vec<Piece>,
    size: u64,
) -> Result<HttpResponse, ServeError> {
    let opened = match content {
        Content::Open(opened) => opened,
        Content::Remote(remote) => {
            let body = RemoteBody::begin(remote, pieces, size).await?;
            return Ok(described(file, status, BoxBody::new(body)));
        }
    };
    let body = FileBody::new(opened.file, pieces, size);
    // Such a connection speaks HTTP/1 only.
    Ok(
        match req
            .conn_data::<SendfileHandle>()
            .filter(|_| size >= WORTHWHILE)
        {
            None => described(file, status, BoxBody::new(body)),
            Some(sendfile) => {
                let body = BoxBody::new(body.through(sendfile.clone()));
                let mut answer = described(file, status, body);
                answer.head_mut().no_chunking(true);
                put(&mut answer, header::CONTENT_LENGTH, HeaderValue::from(size));
                answer
            }
        },
    )
}

/// 304 with the fields that §15.4.5 asks for.
fn not_modified(file: &StoredFile) -> HttpResponse {
    let mut answer = HttpResponse::with_body(StatusCode::NOT_MODIFIED, BoxBody::new(()));
    validators(&mut answer, file);
    answer
}

/// An answer with everything that 200 and 206 have in common.
fn described(file: &StoredFile, status: StatusCode, body: BoxBody) -> HttpResponse {
    let mut answer = HttpResponse::with_body(status, body);
    validators(&mut answer, file);
    put(
        &mut answer,
        header::ACCEPT_RANGES,
        HeaderValue::from_static("bytes"),
    );
    put(
        &mut answer,
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Some(disposition) = &file.disposition {
        put_text(
            &mut answer,
            header::CONTENT_DISPOSITION,
            disposition.to_string(),
        );
    }
    answer
}

fn validators(answer: &mut HttpResponse, file: &StoredFile) {
    put_text(answer, header::ETAG, file.etag.to_string());
    put(answer, header::CACHE_CONTROL, file.cache_control.clone());
    if let Some(modified) = file.last_modified
        && let Ok(value) = HttpDate::from(modified).try_into_value()
    {
        put(answer, header::LAST_MODIFIED, value);
    }
}

fn put(answer: &mut HttpResponse, name: HeaderName, value: HeaderValue) {
    answer.headers_mut().insert(name, value);
}

/// Text that cannot stand in a header is left out: none of ours is such text,
/// save a disposition's file name with control characters.
fn put_text(answer: &mut HttpResponse, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        put(answer, name, value);
    }
}
