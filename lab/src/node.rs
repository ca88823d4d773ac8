//! One machine of the Swarm: a network namespace with an engine in it.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use rustix::process::Signal;

use crate::docker::{run, sh, wait};
use crate::{daemon, host};

/// A machine.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// What it is called.
    pub name: &'static str,
    /// Where it is.
    pub address: Ipv4Addr,
    /// The end of its cable at the bridge.
    cable: &'static str,
}

const fn node(name: &'static str, last: u8, cable: &'static str) -> Node {
    Node {
        name,
        address: Ipv4Addr::new(10, 77, 0, last),
        cable,
    }
}

/// The manager and two workers.
pub const NODES: [Node; 3] = [
    node("node-1", 11, "wing-lab-1"),
    node("node-2", 12, "wing-lab-2"),
    node("node-3", 13, "wing-lab-3"),
];

/// The manager.
pub const MANAGER: Node = NODES[0];

impl Node {
    fn home(self) -> PathBuf {
        host::data().join(self.name)
    }

    fn namespace(self) -> String {
        format!("wing-{}", self.name)
    }

    /// Docker's command line, speaking with this node's engine.
    pub fn docker(self) -> Command {
        let mut docker = Command::new("docker");
        docker.env(
            "DOCKER_HOST",
            format!("unix://{}", self.home().join("run/docker.sock").display()),
        );
        docker
    }

    /// Plugs the machine in and starts its engine.
    pub fn start(self) -> Result<()> {
        let space = self.namespace();
        let inner = format!("{}p", self.cable);
        sh(&format!("ip netns add {space}"))?;
        sh(&format!(
            "ip link add {} type veth peer name {inner}",
            self.cable
        ))?;
        sh(&format!(
            "ip link set {} master {} up",
            self.cable,
            host::BRIDGE
        ))?;
        sh(&format!("ip link set {inner} netns {space}"))?;
        for words in [
            format!("link set {inner} name eth0"),
            "link set lo up".to_owned(),
            "link set eth0 up".to_owned(),
            format!("addr add {}/24 dev eth0", self.address),
            format!("route add default via {}", host::ADDRESS),
        ] {
            sh(&format!("ip -n {space} {words}"))?;
        }
        self.start_engine()?;
        wait("the engine answers", Duration::from_secs(60), || {
            run(self.docker().args(["info", "--format", "{{.ID}}"])).map(|_| true)
        })?;
        Ok(())
    }

    /// Starts the engine. It sees a `/run` of its own; its mounts are its own too
    /// and end with it.
    pub fn start_engine(self) -> Result<()> {
        let home = self.home();
        fs::create_dir_all(home.join("run"))?;
        fs::create_dir_all(home.join("data"))?;
        let script = format!(
            "hostname {name}; mount --make-rprivate /; mount --bind {home}/run /run; \
             mkdir -p /run/docker; exec dockerd --data-root {home}/data --exec-root /run/docker \
             -H unix:///run/docker.sock -p /run/docker.pid --insecure-registry {registry} \
             --storage-driver overlay2 --max-concurrent-downloads 6",
            name = self.name,
            home = home.display(),
            registry = host::REGISTRY,
        );
        let mut engine = Command::new("nsenter");
        engine
            .arg(format!("--net=/run/netns/{}", self.namespace()))
            .args(["unshare", "-m", "-u", "sh", "-c", &script]);
        daemon::start(&home, "engine", &mut engine)
    }

    /// Pulls the cable.
    pub fn cut(self) -> Result<()> {
        sh(&format!("ip link set {} down", self.cable)).map(drop)
    }

    /// Plugs it in again.
    pub fn join(self) -> Result<()> {
        sh(&format!("ip link set {} up", self.cable)).map(drop)
    }

    /// Ends everything on it and unplugs it. What is gone already is no failure.
    pub fn stop(self) {
        let _ = run(self.docker().args(["swarm", "leave", "--force"]));
        if let Ok(all) = run(self.docker().args(["ps", "--all", "--quiet"])) {
            let _ = run(self
                .docker()
                .args(["rm", "--force", "--volumes"])
                .args(all.split_whitespace()));
        }
        daemon::stop(
            &self.home(),
            "engine",
            Signal::TERM,
            Duration::from_secs(30),
        );
        let _ = sh(&format!("ip netns del {}", self.namespace()));
        let _ = sh(&format!("ip link del {}", self.cable));
    }
}
