//! Serves the files of a directory, to measure against other servers.
//!
//! `serve ADDRESS DIRECTORY [plain]`, where `plain` takes actix-web's own
//! connections: `/f/NAME` as the product does, `/inline/NAME`
//! with reads that wait for the disk on the worker, `/tiny` four bytes.

use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use actix_web::http::header::{EntityTag, HeaderValue};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, Responder, error};
use wing_stream::{Files, StoredFile, Timeouts, listen};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct State {
    files: Files,
    directory: PathBuf,
}

impl State {
    /// Only plain names, so that nothing outside the directory is named.
    fn path(&self, name: &str) -> actix_web::Result<PathBuf> {
        match Path::new(name).file_name() {
            Some(plain) if plain == name => Ok(self.directory.join(plain)),
            _ => Err(error::ErrorNotFound("no such file")),
        }
    }
}

async fn serve(
    req: HttpRequest,
    name: web::Path<String>,
    state: Data<State>,
) -> actix_web::Result<HttpResponse> {
    let file = StoredFile {
        source: state.path(&name)?.into(),
        etag: EntityTag::new_strong(name.into_inner()),
        content_type: HeaderValue::from_static("audio/mpeg"),
        cache_control: HeaderValue::from_static("private, max-age=31536000, immutable"),
        last_modified: None,
        disposition: None,
    };
    state
        .files
        .serve(&req, &file)
        .await
        .map_err(error::ErrorNotFound)
}

async fn inline(name: web::Path<String>, state: Data<State>) -> actix_web::Result<HttpResponse> {
    let file = File::open(state.path(&name)?)?;
    let chunks = futures_util::stream::try_unfold((file, 0), |(file, at)| async move {
        let mut chunk = vec![0; 64 * 1024];
        let count = file.read_at(&mut chunk, at)?;
        chunk.truncate(count);
        io::Result::Ok((count > 0).then(|| (Bytes::from(chunk), (file, at + count as u64))))
    });
    Ok(HttpResponse::Ok().streaming(chunks))
}

async fn tiny() -> impl Responder {
    "tiny"
}

fn main() -> io::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(directory)) = (args.next(), args.next()) else {
        return Err(io::Error::other("usage: serve ADDRESS DIRECTORY [plain]"));
    };
    let state = Data::new(State {
        files: Files::new(256),
        directory: directory.into(),
    });
    let app = move || {
        App::new()
            .app_data(state.clone())
            .route("/f/{name}", web::route().to(serve))
            .route("/inline/{name}", web::get().to(inline))
            .route("/tiny", web::get().to(tiny))
    };
    let listener = TcpListener::bind(address)?;
    actix_web::rt::System::new().block_on(async {
        if args.next().is_some() {
            HttpServer::new(app)
                .workers(1)
                .listen(listener)?
                .run()
                .await
        } else {
            let server = actix_server::Server::build().workers(1);
            listen(server, listener, Timeouts::default(), app)?
                .run()
                .await
        }
    })
}
