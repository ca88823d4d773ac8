//! A sandbox for one run: a source tree, a target directory, a simulated Swarm.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The registry of every image here.
pub const REGISTRY: &str = "registry.example:5000";

/// What the stack's files say, as Docker prints it.
const CONFIG: &str = "version: \"3.8\"
services:
  edge: {image: registry.example:5000/wing-edge:any}
  music: {image: registry.example:5000/wing-music:any}
  music-db: {image: \"postgres:17\"}
  music-worker: {image: registry.example:5000/wing-music:any}
  user: {image: registry.example:5000/wing-user:any}
";

/// The services of that stack.
const SERVICES: [(&str, &str); 5] = [
    ("edge", "edge"),
    ("music", "music"),
    ("music-db", ""),
    ("music-worker", "music"),
    ("user", "user"),
];

/// The foreign image as a Swarm knows it.
pub const DATABASE: &str = "postgres:17@sha256:0db";

pub struct Sandbox {
    dir: TempDir,
    variables: Vec<(String, String)>,
}

/// How a stage ended.
pub struct Finished {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl Sandbox {
    /// Without anything running.
    pub fn new() -> Self {
        let sandbox = Self {
            dir: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        };
        for name in ["bin", "docker/services", "tree/xtask"] {
            fs::create_dir_all(sandbox.path(name)).unwrap();
        }
        sandbox.program("docker", include_str!("docker.sh"));
        sandbox.program("cargo", include_str!("cargo.sh"));
        fs::write(sandbox.path("docker/config.yml"), CONFIG).unwrap();
        fs::write(sandbox.path("docker/calls"), "").unwrap();
        sandbox
    }

    /// With all services of `stack` at the version `old`.
    pub fn running(stack: &str) -> Self {
        let sandbox = Self::new();
        for (service, image) in SERVICES {
            let name = format!("{stack}_{service}");
            let image = match image {
                "" => DATABASE.to_owned(),
                image => format!("{}@sha256:01d", reference(image, "old")),
            };
            sandbox.simulate(&name, "image", &image);
            sandbox.simulate(&name, "states", "completed");
        }
        sandbox
    }

    /// Leaves a release as the stage `images` would: these images, version `new`.
    pub fn with_release(self, images: &[&str]) -> Self {
        let images: Vec<_> = images
            .iter()
            .map(|image| json!({"name": image, "reference": reference(image, "new")}))
            .collect();
        self.put_artifact("release.json", &json!({"images": images}));
        self
    }

    /// Writes an artifact, as an earlier stage would.
    pub fn put_artifact(&self, name: &str, value: &Value) {
        fs::create_dir_all(self.path("target/ci")).unwrap();
        fs::write(self.path("target/ci").join(name), value.to_string()).unwrap();
    }

    /// The artifact of a stage.
    pub fn artifact(&self, name: &str) -> Value {
        let text = fs::read(self.path("target/ci").join(name)).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// Sets how the simulated Swarm behaves for a service.
    pub fn simulate(&self, service: &str, what: &str, lines: &str) {
        let dir = self.path("docker/services").join(service);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(what), format!("{lines}\n")).unwrap();
    }

    /// The version a service has now.
    pub fn version(&self, service: &str) -> String {
        let image = self.path("docker/services").join(service).join("image");
        let image = fs::read_to_string(image).unwrap();
        let image = image.trim().split('@').next().unwrap();
        image.rsplit(':').next().unwrap().to_owned()
    }

    /// The arguments that Docker got, of all that begins with `words`.
    pub fn calls(&self, words: &str) -> Vec<String> {
        let calls = fs::read_to_string(self.path("docker/calls")).unwrap();
        let calls = calls.lines().filter(|call| call.starts_with(words));
        calls.map(str::to_owned).collect()
    }

    /// The services that got an image, in order.
    pub fn updated(&self) -> Vec<String> {
        last_words(self.calls("service update"))
    }

    /// The services that were rolled back by a command, in order.
    pub fn rolled_back(&self) -> Vec<String> {
        last_words(self.calls("service rollback"))
    }

    /// Sets a variable of the environment for all stages.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The source tree.
    pub fn tree(&self) -> PathBuf {
        self.path("tree")
    }

    /// Runs a stage.
    pub fn ci(&self, words: &[&str]) -> Finished {
        let output = self
            .command(words)
            .stdin(Stdio::null())
            .output()
            .expect("xtask");
        Finished {
            ok: output.status.success(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("ci").args(words);
        // What the build server says of itself is not what is tested here.
        for (name, _) in std::env::vars() {
            if name.starts_with("WING_") || name.starts_with("GIT_") || name.starts_with("BUILD_") {
                command.env_remove(name);
            }
        }
        let path = std::env::var("PATH").unwrap();
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        command
            .env_remove("BRANCH_NAME")
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("REAL_CARGO", cargo)
            .env("CARGO", self.path("bin/cargo"))
            .env("CARGO_MANIFEST_DIR", self.tree().join("xtask"))
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env("FAKE_DOCKER", self.path("docker"))
            .envs(self.variables.iter().cloned());
        command
    }

    /// Starts what stands in for Slack; it leaves after `count` messages.
    pub fn receiver(&self, count: usize) -> Receiver {
        let mut child = self
            .command(&["receiver", "--count", &count.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("xtask");
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        out.read_line(&mut url).unwrap();
        Receiver {
            child,
            out,
            url: url.trim().to_owned(),
        }
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

pub struct Receiver {
    child: Child,
    out: BufReader<ChildStdout>,
    pub url: String,
}

impl Receiver {
    /// The messages that it was started for.
    pub fn messages(mut self) -> Vec<Value> {
        let mut text = String::new();
        self.out.read_to_string(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success());
        let messages = serde_json::Deserializer::from_str(&text).into_iter();
        messages.map(Result::unwrap).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Gone already when it got all its messages.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An image of a version.
pub fn reference(image: &str, version: &str) -> String {
    format!("{REGISTRY}/wing-{image}:{version}")
}

/// Runs git in a tree.
pub fn git(tree: &Path, words: &[&str]) {
    let output = Command::new("git")
        .current_dir(tree)
        .args(["-c", "user.name=Ada Lovelace"])
        .args(["-c", "user.email=ada@mail.example"])
        .args([
            "-c",
            "commit.gpgsign=false",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(words)
        .output()
        .expect("git");
    assert!(output.status.success(), "git {words:?}: {output:?}");
}

fn last_words(calls: Vec<String>) -> Vec<String> {
    calls
        .iter()
        .map(|call| call.rsplit(' ').next().unwrap().to_owned())
        .collect()
}

impl Finished {
    /// The run, if it succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.ok, "{}\n{}", self.out, self.err);
        self
    }

    /// What the run complained of, if it failed.
    #[track_caller]
    pub fn complaint(self) -> String {
        assert!(!self.ok, "it succeeded: {}", self.out);
        self.err
    }
}
