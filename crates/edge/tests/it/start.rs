//! `deploy/nginx/start.sh`, with stand-ins for nginx and for the lookup of names.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wing_edge::{Edge, SERVICES, Tls};

/// Asked to stop when dropped, and nginx with it.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let id = self.0.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.0.wait();
    }
}

fn program(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made a program");
}

/// Who a name stands for, from now on.
fn addresses(dir: &Path, name: &str, addresses: &[&str]) {
    let lines: String = addresses
        .iter()
        .map(|address| format!("{address} STREAM {name}\n"))
        .collect();
    let next = dir.join(format!("{name}.next"));
    fs::write(&next, lines).expect("written");
    fs::rename(next, dir.join(name)).expect("in place");
}

/// The calls of nginx's stand-in, a line each, as they happen.
struct Calls {
    lines: mpsc::Receiver<String>,
    so_far: String,
}

impl Calls {
    fn by(pipe: &Path) -> Self {
        let made = Command::new("mkfifo").arg(pipe).status();
        assert!(made.is_ok_and(|status| status.success()), "a pipe");
        // Open for writing as well, it does not end between one writer and the next.
        let pipe = File::options().read(true).write(true).open(pipe);
        let pipe = BufReader::new(pipe.expect("the pipe"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            pipe.lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Self {
            lines,
            so_far: String::new(),
        }
    }

    /// Listens until something is so; looks again at each call of nginx.
    fn until(&mut self, what: &str, mut holds: impl FnMut(&str) -> bool) {
        while !holds(&self.so_far) {
            let line = self.lines.recv_timeout(Duration::from_secs(30));
            let line = line.unwrap_or_else(|_| panic!("it never happened: {what}"));
            self.so_far.push_str(&line);
            self.so_far.push('\n');
        }
    }
}

/// Stand-ins for nginx, which passes on its arguments, and for the lookup of
/// names in `names`.
fn stand_ins(dir: &Path) -> (PathBuf, Calls) {
    let (bin, pipe) = (dir.join("bin"), dir.join("calls"));
    let calls = Calls::by(&pipe);
    fs::create_dir_all(&bin).expect("a directory");
    fs::create_dir_all(dir.join("names")).expect("a directory");
    program(
        &bin,
        "nginx",
        &format!(
            "echo \"$@\" >> {pipe}; case \"$*\" in \
             '-s quit'*) kill $(cat {pipe}.pid);; '-s'*) ;; *) echo $$ > {pipe}.pid; exec sleep 600;; esac",
            pipe = pipe.display()
        ),
    );
    let lookup = format!("cat {}/$2 2>/dev/null", dir.join("names").display());
    program(&bin, "getent", &lookup);
    (bin, calls)
}

/// Runs `start.sh` on the configuration of `edge`.
fn start(dir: &Path, bin: &Path, edge: &Edge) -> (Started, PathBuf) {
    let template = dir.join("template.conf");
    fs::write(&template, edge.render()).expect("written");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/nginx/start.sh");
    let path = std::env::var("PATH").unwrap_or_default();
    let home = dir.join("home");
    let started = Command::new("sh")
        .arg(script)
        .arg(&template)
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("WING_EDGE_HOME", &home)
        .env("WING_EDGE_RESOLVE_SECONDS", "0.05")
        .env("WING_EDGE_STREAM_MODULE", dir.join("stream.so"))
        .spawn()
        .expect("started");
    (Started(started), home.join("nginx.conf"))
}

#[test]
fn the_certificates_expiry_is_reported_and_a_new_one_is_loaded() {
    let dir = tempfile::tempdir().expect("a directory");
    let (bin, mut calls) = stand_ins(dir.path());
    let certificate = dir.path().join("certificate.pem");
    // It shows what the file holds, where there is one.
    program(&bin, "openssl", "for file; do :; done; cat \"$file\"");
    let edge = Edge {
        tls: Some(Tls {
            listen: "443".into(),
            certificate: certificate.clone(),
            key: "key.pem".into(),
        }),
        ..Edge::in_container(SERVICES)
    };
    let (_started, config) = start(dir.path(), &bin, &edge);
    let config = || fs::read_to_string(&config).unwrap_or_default();
    calls.until("nginx runs", |calls| calls.contains("-c "));
    assert!(config().contains("$certificate_ends {\n        default 0;\n"));
    let renewed = dir.path().join("renewed.pem");
    fs::write(&renewed, "notAfter=2027-02-19 12:00:00Z\n").expect("written");
    fs::rename(&renewed, &certificate).expect("in place");
    calls.until("nginx reloads", |calls| calls.contains("-s reload"));
    assert!(config().contains("$certificate_ends {\n        default 1803038400;\n"));
}

#[test]
fn replicas_that_come_and_go_are_found_and_a_service_without_any_stops_nobody() {
    let dir = tempfile::tempdir().expect("a directory");
    let (bin, mut calls) = stand_ins(dir.path());
    let names = dir.path().join("names");
    addresses(&names, "music", &["10.0.0.5", "10.0.0.4", "10.0.0.5"]);

    let (_started, config) = start(dir.path(), &bin, &Edge::by_names(SERVICES));
    let config = || fs::read_to_string(&config).unwrap_or_default();
    calls.until("nginx runs", |calls| calls.contains("-c "));
    let first = config();
    assert!(first.contains("upstream music {\n        server 10.0.0.4:8080 max_fails=1"));
    assert!(first.contains("        server 10.0.0.5:8080 max_fails=1 fail_timeout=2s;\n"));
    assert!(first.contains("upstream user {\n        server 127.0.0.1:9 max_fails=1"));
    assert!(!first.contains("music:8080"));
    assert!(!calls.so_far.contains("reload"));

    addresses(&names, "user", &["10.0.0.9"]);
    addresses(&names, "music", &["10.0.0.6"]);
    calls.until("nginx gets them", |_| {
        let config = config();
        config.contains("upstream user {\n        server 10.0.0.9:8080")
            && config.contains("upstream music {\n        server 10.0.0.6:8080")
    });
    assert!(!config().contains("10.0.0.4"));

    // Nobody knows the one any more, while the other moves.
    addresses(&names, "music", &[]);
    addresses(&names, "user", &["10.0.0.10"]);
    calls.until("the one that moved is known", |_| {
        config().contains("upstream user {\n        server 10.0.0.10:8080")
    });
    assert!(config().contains("upstream music {\n        server 10.0.0.6:8080"));
}

#[test]
fn the_module_for_connections_of_their_own_is_loaded_where_it_is_apart_and_needed() {
    let dir = tempfile::tempdir().expect("a directory");
    let (bin, mut calls) = stand_ins(dir.path());
    let module = dir.path().join("stream.so");
    fs::write(&module, "").expect("written");
    addresses(&dir.path().join("names"), "ingest", &["10.0.0.7"]);
    let loaded = format!("load_module {};\n", module.display());

    let edge = Edge::by_names(&wing_edge::testing::extended());
    let (started, config) = start(dir.path(), &bin, &edge);
    let config = || fs::read_to_string(&config).unwrap_or_default();
    calls.until("nginx runs", |calls| calls.contains("-c "));
    assert!(config().starts_with(&loaded));
    assert!(config().contains("upstream ingest {\n        server 10.0.0.7:1935 max_fails=1"));
    drop(started);

    let other = tempfile::tempdir().expect("a directory");
    let (bin, mut calls) = stand_ins(other.path());
    fs::write(other.path().join("stream.so"), "").expect("written");
    let (_started, config) = start(other.path(), &bin, &Edge::by_names(SERVICES));
    calls.until("nginx runs", |calls| calls.contains("-c "));
    let config = fs::read_to_string(&config).expect("it runs on it");
    assert!(!config.contains("load_module"), "nothing needs it");
}
