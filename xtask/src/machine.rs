//! Which programs the machine has, and how to get the others from Debian.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::postgres;
use crate::process::Session;

/// Something a task needs from outside, and the Debian package that brings it.
pub struct Need {
    /// Debian's name of the package.
    pub package: &'static str,
    /// What for, in a few words.
    pub why: &'static str,
    /// How to see that it is here, from a package or otherwise.
    sign: Sign,
}

/// What shows that something is installed.
enum Sign {
    /// A program on the search path.
    Program(&'static str),
    /// A file, for what has no program.
    File(&'static str),
    /// The server programs of a version that is new enough. Debian keeps them
    /// off the search path.
    Postgres,
}

const fn need(package: &'static str, sign: Sign, why: &'static str) -> Need {
    Need { package, why, sign }
}

/// What compiling needs besides Rust.
pub const BUILD: [Need; 1] = [need(
    "build-essential",
    Sign::Program("cc"),
    "compiles SQLite and links programs",
)];

/// What the site itself makes use of when it is there.
pub const FFMPEG: Need = need(
    "ffmpeg",
    Sign::Program("ffmpeg"),
    "makes streaming renditions",
);

/// What stands in front of the services.
pub const NGINX: Need = need("nginx", Sign::Program("nginx"), "the edge of the services");

/// What carries events between the services.
pub const NATS: Need = need(
    "nats-server",
    Sign::Program("nats-server"),
    "carries events between the services",
);

/// What the tests need.
pub const TEST: [Need; 8] = [
    need("postgresql", Sign::Postgres, "the second database"),
    FFMPEG,
    NGINX,
    NATS,
    need("chromium", Sign::Program("chromium"), "the browser tests"),
    need(
        "chromium-driver",
        Sign::Program("chromedriver"),
        "the browser tests",
    ),
    // Debian brings it with the server, which nothing here starts.
    need(
        "prometheus",
        Sign::Program("promtool"),
        "judges alert rules and their tests",
    ),
    need(
        "fonts-noto-cjk",
        Sign::File("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
        "Korean text in the browser tests",
    ),
];

/// What the services need beside them.
pub const SPLIT: [Need; 3] = [
    need("postgresql", Sign::Postgres, "a database for each service"),
    NGINX,
    NATS,
];

/// What a Swarm on this machine needs.
pub const LAB: [Need; 9] = [
    need(
        "docker.io",
        Sign::Program("dockerd"),
        "the engines of the lab",
    ),
    need("iptables", Sign::Program("iptables"), "their networks"),
    need("iproute2", Sign::Program("ip"), "their networks"),
    need("debootstrap", Sign::Program("debootstrap"), "base images"),
    need(
        "docker-registry",
        Sign::Program("docker-registry"),
        "where they pull from",
    ),
    need(
        "postgresql",
        Sign::Postgres,
        "the database outside the Swarm",
    ),
    need("binutils", Sign::Program("strip"), "smaller images"),
    need("curl", Sign::Program("curl"), "asks the site"),
    FFMPEG,
];

/// What building scripts and styles needs.
pub const NODE: [Need; 2] = [
    need("nodejs", Sign::Program("node"), "builds scripts and styles"),
    need("npm", Sign::Program("npm"), "builds scripts and styles"),
];

/// What measuring needs.
pub const BENCH: [Need; 4] = [
    need(
        "nginx",
        Sign::Program("nginx"),
        "the other side of the streaming comparison",
    ),
    need("wrk", Sign::Program("wrk"), "makes the load"),
    need("postgresql", Sign::Postgres, "the second database"),
    FFMPEG,
];

/// Those of `needs` of which this machine shows no sign.
pub fn missing<'a>(needs: impl IntoIterator<Item = &'a Need>) -> Vec<&'a Need> {
    absent(needs, |sign| match sign {
        Sign::Program(name) => on_path(name),
        Sign::File(path) => Path::new(path).exists(),
        Sign::Postgres => postgres::server_programs().is_some(),
    })
}

fn absent<'a>(
    needs: impl IntoIterator<Item = &'a Need>,
    present: impl Fn(&Sign) -> bool,
) -> Vec<&'a Need> {
    needs
        .into_iter()
        .filter(|need| !present(&need.sign))
        .collect()
}

/// Whether the search path has a program of this name.
pub fn on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// The line that installs these packages by hand.
pub fn apt_line(needs: &[&Need]) -> String {
    let packages: Vec<_> = needs.iter().map(|need| need.package).collect();
    format!("sudo apt-get install {}", packages.join(" "))
}

/// Makes sure that all `needs` are met: as root by installing what is missing.
///
/// # Errors
/// When something is missing and we are not root or have no apt-get; the
/// message holds the line to type.
pub fn provide<'a>(session: &Session, needs: impl IntoIterator<Item = &'a Need>) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        eprintln!("Missing: {} ({})", need.package, need.why);
    }
    if !rustix::process::geteuid().is_root() || !on_path("apt-get") {
        bail!(
            "please install what is missing and try again:\n\n    {}\n",
            apt_line(&missing)
        );
    }
    eprintln!("Installing with apt-get, since this runs as root.");
    session.run(apt_get().args(["update", "-qq"]))?;
    session.run(
        apt_get()
            .args(["install", "-qq", "--yes", "--no-install-recommends"])
            .args(missing.iter().map(|need| need.package)),
    )
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_absent_is_asked_for() {
        let missing = absent(&TEST, |sign| {
            !matches!(sign, Sign::Program("chromedriver") | Sign::Postgres)
        });
        assert_eq!(
            apt_line(&missing),
            "sudo apt-get install postgresql chromium-driver"
        );
    }

    #[test]
    fn a_complete_machine_lacks_nothing() {
        assert!(absent(TEST.iter().chain(&BENCH), |_| true).is_empty());
    }

    #[test]
    fn every_machine_of_ours_has_a_shell() {
        assert!(on_path("sh"));
        assert!(!on_path("a program that nobody would name like this"));
    }
}
