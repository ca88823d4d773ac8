//! Stand-ins for the official images, where no registry of the world is within
//! reach: the same programs from Debian's packages.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::docker::{feed, run};
use crate::host::{self, REGISTRY};
use crate::node::MANAGER;

/// What the stack calls each, and what it is built from.
const STAND_INS: [(&str, &str); 5] = [
    ("NGINX_IMAGE", "nginx"),
    ("POSTGRES_IMAGE", "postgres"),
    ("NATS_IMAGE", "nats"),
    ("GARAGE_IMAGE", "garage"),
    ("PROMETHEUS_IMAGE", "prometheus"),
];

/// The variables that name the stand-ins, for builds and for the stack.
pub fn variables() -> Vec<(String, String)> {
    let mut all = vec![("BASE_IMAGE".to_owned(), reference("debian"))];
    for (variable, name) in STAND_INS {
        all.push((variable.to_owned(), reference(name)));
    }
    all
}

fn reference(name: &str) -> String {
    format!("{REGISTRY}/base/{name}:bookworm")
}

/// Builds and pushes all of them.
pub fn build() -> Result<()> {
    debian()?;
    garage()?;
    let lab = host::root().join("deploy/lab");
    for (_, name) in STAND_INS {
        eprintln!("   base image {name}");
        let context = host::data().join("build").join(name);
        fs::create_dir_all(&context)?;
        for entry in fs::read_dir(lab.join(name))? {
            let entry = entry?;
            fs::copy(entry.path(), context.join(entry.file_name()))?;
        }
        if name == "garage" {
            fs::copy(
                host::cache().join("garage/bin/garage"),
                context.join("garage"),
            )?;
        }
        run(MANAGER
            .docker()
            .args(["build", "--quiet", "--tag", &reference(name)])
            .args([
                "--build-arg",
                &format!("BASE_IMAGE={}", reference("debian")),
            ])
            .arg(&context))?;
        push(&reference(name))?;
    }
    Ok(())
}

/// Pushes an image from the manager.
pub fn push(reference: &str) -> Result<()> {
    run(MANAGER.docker().args(["push", "--quiet", reference])).map(drop)
}

/// Debian as debootstrap makes it, with this machine's way to the packages.
fn debian() -> Result<()> {
    let archive = host::cache().join("debian.tar");
    if !archive.exists() {
        eprintln!("   base image debian: about a minute, once");
        fs::create_dir_all(host::cache())?;
        let tree = host::data().join("debian");
        run(Command::new("debootstrap")
            .args(["--variant=minbase", "bookworm"])
            .arg(&tree))?;
        for place in [
            "etc/apt/sources.list",
            "etc/apt/sources.list.d",
            "etc/apt/apt.conf.d",
        ] {
            copy(&Path::new("/").join(place), &tree.join(place))?;
        }
        let part = host::cache().join("debian.tar.part");
        run(Command::new("tar")
            .arg("cf")
            .arg(&part)
            .arg("-C")
            .arg(&tree)
            .arg("."))?;
        fs::rename(part, &archive)?;
        fs::remove_dir_all(tree)?;
    }
    run(MANAGER
        .docker()
        .arg("import")
        .arg(&archive)
        .arg(reference("debian")))?;
    push(&reference("debian"))
}

/// Copies a file, or the files of a directory, when they are there.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        fs::copy(from, to)?;
    } else if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            if entry.path().is_file() {
                fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
        }
    }
    Ok(())
}

const GARAGE_VERSION: &str = "2.5.0";

/// The object store has no package in Debian: cargo builds it, once.
fn garage() -> Result<()> {
    let root = host::cache().join("garage");
    if root.join("bin/garage").exists() {
        return Ok(());
    }
    eprintln!("   garage {GARAGE_VERSION}: built by cargo, about ten minutes, once");
    run(Command::new("cargo")
        .args(["install", "garage", "--locked", "--version", GARAGE_VERSION])
        .args(["--no-default-features", "--features", "bundled-libs,sqlite"])
        .arg("--root")
        .arg(&root)
        .env("CARGO_TARGET_DIR", host::cache().join("garage-build"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"))
    .context("building garage")
    .map(drop)
}

/// Builds an image that differs from `reference` by one line of a Dockerfile,
/// and pushes it.
pub fn variant(reference: &str, tag: &str, line: &str) -> Result<String> {
    let (name, _) = reference.rsplit_once(':').context("an image has a tag")?;
    let made = format!("{name}:{tag}");
    feed(
        MANAGER
            .docker()
            .args(["build", "--quiet", "--tag", &made, "-"]),
        format!("FROM {reference}\n{line}\n").as_bytes(),
    )?;
    push(&made)?;
    Ok(made)
}
