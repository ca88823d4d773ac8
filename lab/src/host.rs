//! What lies outside the three machines: the network between them, the registry
//! they pull from, and the database server that the Swarm does not run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use wing_edge::{Database, SERVICES};

use crate::docker::{run, sh, wait};
use crate::node::NODES;
use crate::{daemon, secrets};

/// The switch that all machines are plugged into.
pub const BRIDGE: &str = "wing-lab";
/// This machine's address there.
pub const ADDRESS: &str = "10.77.0.1";
/// Where images are pushed and pulled.
pub const REGISTRY: &str = "10.77.0.1:5000";
/// Where PostgreSQL listens, outside the Swarm.
pub const POSTGRES_PORT: u16 = 5477;

/// The rules that let the machines reach what this one reaches.
const RULES: [&str; 2] = [
    "POSTROUTING -t nat -s 10.77.0.0/24 ! -d 10.77.0.0/24 -j MASQUERADE",
    "FORWARD -i wing-lab -j ACCEPT",
];

/// Where everything of a running lab lies.
pub fn data() -> PathBuf {
    PathBuf::from("/var/lib/wing-lab")
}

/// Where what may be used again lies: base images.
pub fn cache() -> PathBuf {
    target().join("lab")
}

/// Cargo's target directory.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The root of the source tree.
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(PathBuf::from).unwrap_or(manifest)
}

/// Makes the place where everything lies, unless a lab is there.
pub fn prepare() -> Result<()> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "the lab makes networks and mounts: run it as root"
    );
    ensure!(
        !data().exists(),
        "a lab is up already, or was not ended: cargo xtask lab down"
    );
    fs::create_dir_all(data())?;
    Ok(())
}

/// Makes the network and starts what the machines lean on.
pub fn up() -> Result<()> {
    sh(&format!("ip link add {BRIDGE} type bridge"))?;
    sh(&format!("ip addr add {ADDRESS}/24 dev {BRIDGE}"))?;
    sh(&format!("ip link set {BRIDGE} up"))?;
    let forwarding = "/proc/sys/net/ipv4/ip_forward";
    fs::copy(forwarding, data().join("ip_forward"))?;
    fs::write(forwarding, "1")?;
    for rule in RULES {
        sh(&format!("iptables -I {rule}"))?;
    }
    // Bridged packets pass the same chain where the kernel was configured so.
    sh(&format!("iptables -I FORWARD -o {BRIDGE} -j ACCEPT"))?;
    start_registry()?;
    start_postgres()?;
    for node in NODES {
        node.start()?;
    }
    Ok(())
}

/// Ends everything that [`up`] began, whatever of it is there.
pub fn down() -> Result<()> {
    for node in NODES {
        node.stop();
    }
    for name in ["registry", "postgres"] {
        stop(name);
    }
    for rule in RULES {
        let _ = sh(&format!("iptables -D {rule}"));
    }
    let _ = sh(&format!("iptables -D FORWARD -o {BRIDGE} -j ACCEPT"));
    if let Ok(before) = fs::read_to_string(data().join("ip_forward")) {
        let _ = fs::write("/proc/sys/net/ipv4/ip_forward", before.trim());
    }
    let _ = sh(&format!("ip link del {BRIDGE}"));
    if data().exists() {
        fs::remove_dir_all(data()).context("removing the lab's files")?;
    }
    eprintln!("The lab is down; nothing of it runs.");
    Ok(())
}

fn start_registry() -> Result<()> {
    let home = data().join("registry");
    fs::create_dir_all(&home)?;
    let config = home.join("config.yml");
    fs::write(
        &config,
        format!(
            "version: 0.1\nlog: {{level: warn}}\nstorage:\n  filesystem: {{rootdirectory: {}/data}}\n\
             http: {{addr: {REGISTRY}}}\n",
            home.display()
        ),
    )?;
    start(
        "registry",
        Command::new("docker-registry").arg("serve").arg(config),
    )
}

fn start_postgres() -> Result<()> {
    let home = data().join("postgres");
    fs::create_dir_all(&home)?;
    let programs = fs::read_dir("/usr/lib/postgresql")?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .max()
        .context("PostgreSQL is not installed")?;
    run(Command::new("chown").arg("postgres:").arg(&home))?;
    let password = home.join("password");
    fs::write(&password, secrets::one(secrets::OUTSIDE_PASSWORD)?)?;
    run(Command::new("chown").arg("postgres:").arg(&password))?;
    let as_postgres = |program: PathBuf| {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--init-groups"])
            .arg(program)
            .current_dir("/");
        command
    };
    run(as_postgres(programs.join("initdb"))
        .args(["--username=wing", "--encoding=UTF8", "--locale=C.UTF-8"])
        .arg(format!("--pwfile={}", password.display()))
        .args(["--auth=scram-sha-256", "-D"])
        .arg(home.join("data")))?;
    let rules = home.join("data/pg_hba.conf");
    let mut text = fs::read_to_string(&rules)?;
    text.push_str("host all wing 10.77.0.0/24 scram-sha-256\n");
    fs::write(&rules, text)?;
    start(
        "postgres",
        as_postgres(programs.join("postgres"))
            .arg("-D")
            .arg(home.join("data"))
            .args(["-h", ADDRESS, "-p", &POSTGRES_PORT.to_string()])
            .arg("-k")
            .arg(&home),
    )?;
    create_databases()
}

/// The names of the databases outside the Swarm.
fn databases() -> impl Iterator<Item = String> {
    let outside = SERVICES
        .iter()
        .filter(|one| one.database == Database::Outside);
    outside.map(|service| format!("wing_{}", service.name))
}

fn create_databases() -> Result<()> {
    for name in databases() {
        psql("postgres", &format!("CREATE DATABASE {name}"))?;
    }
    Ok(())
}

/// Destroys what is stored outside the Swarm: empty databases are left.
pub fn empty_databases() -> Result<()> {
    for name in databases() {
        psql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"))?;
    }
    create_databases()
}

/// Asks the server outside the Swarm.
pub fn psql(database: &str, statement: &str) -> Result<String> {
    let password = secrets::one(secrets::OUTSIDE_PASSWORD)?;
    let mut answer = Ok(String::new());
    wait("PostgreSQL answers", Duration::from_secs(30), || {
        answer = run(Command::new("psql")
            .env("PGPASSWORD", &password)
            .args([
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "wing",
                "-h",
                ADDRESS,
            ])
            .args(["-p", &POSTGRES_PORT.to_string(), "-d", database])
            .args(["-c", statement]));
        match &answer {
            Err(error) if error.to_string().contains("onnect") => Ok(false),
            _ => Ok(true),
        }
    })?;
    answer
}

/// Starts a server that goes on after this program.
fn start(name: &str, command: &mut Command) -> Result<()> {
    daemon::start(&data(), name, command)
}

fn stop(name: &str) {
    daemon::stop(&data(), name, Signal::INT, Duration::from_secs(10));
}
