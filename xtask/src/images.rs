//! `cargo xtask images`: the container images that a stack is made of.
//!
//! Programs are static and built here, outside any container, so that both of
//! Docker's builders do and a build costs what cargo's cache leaves to do. An
//! image's files carry the time of the commit, so that the same source gives the
//! same layers.

use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tempfile::TempDir;
use wing_edge::{SERVICES, Service};

use crate::process::Session;
use crate::{run as site, sbom, workspace};

#[derive(clap::Args)]
pub struct Args {
    /// Only these, by name: a service, monolith, edge, backup
    #[arg(long, value_delimiter = ',', value_parser = known)]
    only: Vec<String>,
    /// Where images go: a host, its port and a path before the names, as far as there are any
    #[arg(long, env = "WING_REGISTRY", default_value = "localhost:5000")]
    registry: String,
    /// Push them there, too
    #[arg(long)]
    push: bool,
    /// Build without optimisations: quick, large and slow
    #[arg(long)]
    debug: bool,
}

/// What is built here.
pub struct Image {
    /// Its name without `wing-`.
    pub name: String,
    kind: Kind,
}

enum Kind {
    /// One program of ours, by package and by name.
    Program {
        package: String,
        program: String,
        ffmpeg: bool,
    },
    /// Files of a directory of `deploy/` on somebody else's image.
    Files(&'static str),
}

/// Every image of a site of these services, in the order in which they are built.
pub fn all(services: &[Service]) -> Vec<Image> {
    let program = |name: &str, package: String, program: String, ffmpeg| Image {
        name: name.to_owned(),
        kind: Kind::Program {
            package,
            program,
            ffmpeg,
        },
    };
    let mut all: Vec<Image> = services
        .iter()
        .map(|service| {
            let package = format!("{}-service", service.program());
            program(
                service.name,
                package,
                service.program(),
                service.needs_ffmpeg,
            )
        })
        .collect();
    all.push(program(
        "monolith",
        "wing-monolith".into(),
        "wing".into(),
        services.iter().any(|service| service.needs_ffmpeg),
    ));
    for (name, dir) in [("edge", "nginx"), ("backup", "backup")] {
        all.push(Image {
            name: name.to_owned(),
            kind: Kind::Files(dir),
        });
    }
    all
}

fn known(name: &str) -> Result<String, String> {
    let names: Vec<String> = all(SERVICES).into_iter().map(|image| image.name).collect();
    if names.iter().any(|one| one == name) {
        return Ok(name.to_owned());
    }
    Err(format!(
        "there is no such image; there are {}",
        names.join(", ")
    ))
}

/// The source that images are made of.
struct Source {
    version: &'static str,
    revision: String,
    /// Where it is to be had, if that is known.
    url: String,
    /// Of the commit.
    time: SystemTime,
}

impl Source {
    fn read() -> Result<Self> {
        let git = |args: &[&str]| -> Result<String> {
            let output = Command::new("git")
                .current_dir(workspace::root())
                .args(args)
                .output()
                .context("git")?;
            ensure!(output.status.success(), "git {} failed", args.join(" "));
            Ok(String::from_utf8(output.stdout)?.trim().to_owned())
        };
        let mut revision = git(&["rev-parse", "HEAD"])?;
        // What is not committed has no name of its own.
        if !git(&["status", "--porcelain"])?.is_empty() {
            revision.push_str("-changed");
        }
        let seconds = git(&["log", "-1", "--format=%ct"])?.parse()?;
        let url = std::env::var("WING_SOURCE_URL")
            .ok()
            .or_else(|| git(&["remote", "get-url", "origin"]).ok())
            .unwrap_or_default();
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            revision,
            url,
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        })
    }

    /// What distinguishes this build from others: version and revision.
    fn tag(&self) -> String {
        let short = &self.revision[..12];
        let changed = if self.revision.ends_with("-changed") {
            "-changed"
        } else {
            ""
        };
        format!("{}-{short}{changed}", self.version)
    }
}

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// # Errors
/// When Docker does not answer or something does not build.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let only: BTreeSet<&str> = args.only.iter().map(String::as_str).collect();
    let wanted: Vec<Image> = all(SERVICES)
        .into_iter()
        .filter(|image| only.is_empty() || only.contains(image.name.as_str()))
        .collect();
    let source = Source::read()?;
    build_programs(args, session, &wanted)?;

    let place = workspace::target().join("images");
    fs::create_dir_all(&place)?;
    let mut report = Vec::new();
    for image in &wanted {
        let reference = format!("{}/wing-{}:{}", args.registry, image.name, source.tag());
        eprintln!("── {reference}");
        if let Kind::Program { package, .. } = &image.kind {
            let path = place.join(format!("wing-{}.cdx.json", image.name));
            fs::write(path, sbom::of(package, source.version)?)?;
        }
        let dir = image.lay_out(args, &source)?;
        let mut build = Command::new("docker");
        build.args(["build", "--quiet", "--tag", &reference]);
        for variable in ["BASE_IMAGE", "NGINX_IMAGE", "POSTGRES_IMAGE"] {
            if let Ok(value) = std::env::var(variable) {
                build.arg("--build-arg").arg(format!("{variable}={value}"));
            }
        }
        for (label, value) in [
            ("version", source.version),
            ("revision", &source.revision),
            ("source", &source.url),
            ("title", &format!("wing-{}", image.name)),
            ("licenses", env!("CARGO_PKG_LICENSE")),
        ] {
            if !value.is_empty() {
                build.arg("--label");
                build.arg(format!("org.opencontainers.image.{label}={value}"));
            }
        }
        session.run(build.arg(dir.path()))?;
        report.push(image.described(&reference)?);
        if args.push {
            session.run(Command::new("docker").args(["push", "--quiet", &reference]))?;
        }
    }
    let report = serde_json::Value::Array(report);
    fs::write(
        place.join("report.json"),
        serde_json::to_string_pretty(&report)?,
    )?;
    for one in report.as_array().into_iter().flatten() {
        println!(
            "{:<60} {:>7.1} MB",
            one["reference"].as_str().unwrap_or_default(),
            one["bytes"].as_f64().unwrap_or_default() / 1e6
        );
    }
    Ok(())
}

/// Builds the programs of `images` as static executables.
fn build_programs(args: &Args, session: &Session, images: &[Image]) -> Result<()> {
    let packages: Vec<&str> = images
        .iter()
        .filter_map(|image| match &image.kind {
            Kind::Program { package, .. } => Some(package.as_str()),
            Kind::Files(_) => None,
        })
        .collect();
    if packages.is_empty() {
        return Ok(());
    }
    site::build_assets(session)?;
    // No path of this machine in what comes out: neither the source's nor that
    // of cargo's own directory.
    let home = std::env::var("CARGO_HOME")
        .unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap_or_default()));
    let flags = format!(
        "-Ctarget-feature=+crt-static --remap-path-prefix={}=/wing --remap-path-prefix={home}=/cargo",
        workspace::root().display()
    );
    // One at a time: cargo unites the features of what it builds together, and a
    // program would depend on which others are made with it.
    for package in packages {
        let mut cargo = workspace::cargo();
        cargo.args([
            "build",
            "--locked",
            "--target",
            TARGET,
            "--package",
            package,
        ]);
        if !args.debug {
            cargo.arg("--release");
        }
        // What C code notes of the time of its compilation (`__TIME__`) is always the same.
        cargo.env("RUSTFLAGS", &flags).env("SOURCE_DATE_EPOCH", "0");
        session.run(&mut cargo)?;
    }
    Ok(())
}

impl Image {
    /// The directory that the image is built in: a Dockerfile and what it copies.
    fn lay_out(&self, args: &Args, source: &Source) -> Result<TempDir> {
        let dir = TempDir::with_prefix("wing-image-")?;
        let deploy = workspace::root().join("deploy");
        let dockerfile = match &self.kind {
            Kind::Program {
                program, ffmpeg, ..
            } => {
                let profile = if args.debug { "debug" } else { "release" };
                let built = workspace::target().join(TARGET).join(profile).join(program);
                let copy = dir.path().join(program);
                fs::copy(&built, &copy).with_context(|| built.display().to_string())?;
                strip(&copy)?;
                let template = fs::read_to_string(deploy.join("images/service.Dockerfile"))?;
                minijinja::render!(&template, program => program, ffmpeg => ffmpeg)
            }
            Kind::Files(from) => {
                for entry in fs::read_dir(deploy.join(from))? {
                    let entry = entry?;
                    fs::copy(entry.path(), dir.path().join(entry.file_name()))?;
                }
                fs::read_to_string(deploy.join(format!("images/{}.Dockerfile", self.name)))?
            }
        };
        for entry in fs::read_dir(dir.path())? {
            set_time_and_mode(&entry?.path(), source.time)?;
        }
        fs::write(dir.path().join("Dockerfile"), dockerfile)?;
        Ok(dir)
    }

    /// For the report.
    fn described(&self, reference: &str) -> Result<serde_json::Value> {
        let output = Command::new("docker")
            .args(["image", "inspect", reference])
            .output()?;
        ensure!(output.status.success(), "{reference} was not built");
        let inspected: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let image = &inspected[0];
        Ok(json!({
            "name": self.name,
            "reference": reference,
            "id": image["Id"],
            "bytes": image["Size"],
            "layers": image["RootFS"]["Layers"],
        }))
    }
}

/// Leaves out what only a debugger reads: two thirds of the file.
fn strip(program: &Path) -> Result<()> {
    let status = Command::new("strip")
        .arg(program)
        .status()
        .context("strip")?;
    ensure!(status.success(), "strip {} failed", program.display());
    Ok(())
}

/// Gives a file the time of the commit and a mode that does not depend on the umask.
fn set_time_and_mode(path: &Path, time: SystemTime) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    File::options()
        .write(true)
        .open(path)?
        .set_times(FileTimes::new().set_modified(time).set_accessed(time))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_of_no_such_name_is_refused_with_those_there_are() {
        let refusal = known("chess").unwrap_err();
        assert!(refusal.contains("music"), "{refusal}");
    }

    #[test]
    fn a_program_gets_a_dockerfile_that_names_it() {
        let path = workspace::root().join("deploy/images/service.Dockerfile");
        let template = fs::read_to_string(path).unwrap();
        let rendered =
            |ffmpeg: bool| minijinja::render!(&template, program => "wing-chess", ffmpeg => ffmpeg);
        let small = rendered(false);
        assert!(small.contains("FROM scratch"));
        assert!(small.contains("ENTRYPOINT [\"/usr/bin/wing-chess\"]"));
        assert!(!small.contains("{{") && !small.contains("ffmpeg "));
        let large = rendered(true);
        assert!(large.contains("install -y --no-install-recommends ca-certificates ffmpeg"));
        assert!(!large.contains("FROM scratch"));
        // Swarm runs nobody as root who does not have to be.
        assert!(small.contains("USER 10001") && large.contains("USER 10001"));
    }
}
