//! An object store that speaks S3, on the loopback address, over a directory.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread::JoinHandle;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use wing_suite::Options;

const KEY: &str = "wing-suite";
const SECRET: &str = "nine bridges over the river";

/// A bucket, and the server it is on.
pub struct Bucket {
    dir: tempfile::TempDir,
    address: SocketAddr,
    running: Option<(CancellationToken, JoinHandle<()>)>,
}

impl Bucket {
    /// An empty one on a free port.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("media")).unwrap();
        let mut bucket = Self {
            dir,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            running: None,
        };
        bucket.come_back();
        bucket
    }

    /// Ends the server and breaks its connections; what is stored stays.
    pub fn go_away(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.cancel();
            thread.join().unwrap();
        }
    }

    /// Starts the server again, at the same address.
    pub fn come_back(&mut self) {
        let listener = std::net::TcpListener::bind(self.address).unwrap();
        listener.set_nonblocking(true).unwrap();
        self.address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let (root, stopped) = (self.dir.path().to_owned(), stop.clone());
        let thread = std::thread::spawn(move || serve(listener, &root, &stopped));
        self.running = Some((stop, thread));
    }

    /// Settings of a site that keeps its media here.
    pub fn options(&self) -> Options {
        Options::default()
            .set("WING_MEDIA_URL", "s3://media/of/wing")
            .set("WING_S3_ENDPOINT", format!("http://{}", self.address))
            .set("WING_S3_ACCESS_KEY_ID", KEY)
            .set("WING_S3_SECRET_ACCESS_KEY", SECRET)
            .set("WING_S3_ALLOW_HTTP", true)
    }

    /// The keys of all that is stored, without the prefix.
    pub fn keys(&self) -> Vec<String> {
        let root = self.dir.path().join("media/of/wing");
        let (mut keys, mut open) = (Vec::new(), vec![root.clone()]);
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let key = path.strip_prefix(&root).unwrap();
                    keys.push(key.display().to_string());
                }
            }
        }
        keys.sort();
        keys
    }

    /// The keys below a folder.
    pub fn keys_in(&self, folder: &str) -> Vec<String> {
        let mut keys = self.keys();
        keys.retain(|key| key.starts_with(&format!("{folder}/")));
        keys
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.go_away();
    }
}

fn serve(listener: std::net::TcpListener, root: &Path, stop: &CancellationToken) {
    let mut builder = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
    builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = builder.build();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // Whatever still runs ends with the runtime.
    runtime.block_on(stop.run_until_cancelled(async {
        let listener = TcpListener::from_std(listener).unwrap();
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                // A client that goes away in the middle is no fault of ours.
                let _ = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    }));
}
