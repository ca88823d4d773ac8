//! `cargo xtask run`: the whole site on this machine.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{Session, dies_with_parent};
use crate::{assets, machine, workspace};

#[derive(clap::Args)]
pub struct Args {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Fill an empty site with artists, albums and music to listen to
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    site: Site,
}

/// Which site is meant, and how it is built.
#[derive(clap::Args)]
pub struct Site {
    /// Build with optimisations: slower to build, faster to use
    #[arg(long)]
    release: bool,
    /// Where music, pictures and the SQLite database are kept [default: data in the source tree]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Another database, as postgres://user:password@host/name or sqlite:path
    #[arg(long)]
    database_url: Option<String>,
}

impl Site {
    /// Compiles the site's binary.
    ///
    /// # Errors
    /// When a compiler is missing or the code does not compile.
    pub fn build(&self, session: &Session) -> Result<()> {
        let missing = machine::missing(&machine::BUILD);
        if !missing.is_empty() {
            bail!(
                "a C compiler is missing. Install it with:\n\n    {}\n",
                machine::apt_line(&missing)
            );
        }
        eprintln!("Building the site. The first time takes a few minutes.");
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--package", "wing-monolith", "--bin", "wing"]);
        if self.release {
            cargo.arg("--release");
        }
        session.run(&mut cargo)
    }

    /// The site's binary with its data directory and database in the
    /// environment.
    ///
    /// # Errors
    /// When the working directory, which the data directory starts from, is unknown.
    pub fn wing(&self) -> Result<Command> {
        let data = match &self.data {
            Some(dir) => std::path::absolute(dir)?,
            None => workspace::root().join("data"),
        };
        let mut command = dies_with_parent("TERM", workspace::wing(self.release));
        command.env("WING_DATA", data);
        if let Some(url) = &self.database_url {
            command.env("WING_DATABASE_URL", url);
        }
        Ok(command)
    }
}

/// # Errors
/// When the port is taken, the build fails or the site ends with an error.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    refuse_taken(address)?;
    build_assets(session)?;
    if let [missing] = machine::missing([&machine::FFMPEG])[..] {
        eprintln!(
            "ffmpeg is missing: listeners will get the original files instead of smaller ones.\n\
             To change that: {}",
            machine::apt_line(&[missing])
        );
    }
    args.site.build(session)?;

    let mut wing = args.site.wing()?;
    wing.env("WING_ADDR", address.to_string()).arg("serve");
    if args.demo {
        wing.arg("--demo");
    }
    let welcome = welcome(address, &args.site);
    session.serve(&mut wing, || {
        let ready = is_ready(address);
        if ready {
            println!("{welcome}");
        }
        ready
    })
}

/// Reports a port in use before the build, not after it.
///
/// # Errors
/// When somebody else listens there.
pub fn refuse_taken(address: SocketAddr) -> Result<()> {
    TcpListener::bind(address).map(drop).with_context(|| {
        format!("cannot listen on {address}; choose another port, for example with --port 8081")
    })
}

/// Scripts and styles, when they can be built here.
///
/// # Errors
/// When npm fails.
pub fn build_assets(session: &Session) -> Result<()> {
    if !assets::node_is_here() {
        eprintln!(
            "Node.js is missing: going on without scripts. {}",
            assets::HOW_TO_GET_NODE
        );
        return Ok(());
    }
    assets::run(session)
}

/// Whether the site answers that it and what it depends on are ready.
pub fn is_ready(address: SocketAddr) -> bool {
    let limit = Duration::from_secs(2);
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        write!(
            stream,
            "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(says_ok(&status))
    };
    ask().unwrap_or(false)
}

/// Whether an answer that begins like this is a success.
fn says_ok(status_line: &[u8]) -> bool {
    status_line.starts_with(b"HTTP/1.1 200")
}

fn welcome(address: SocketAddr, site: &Site) -> String {
    let mut options = String::new();
    if site.release {
        options.push_str(" --release");
    }
    if let Some(data) = &site.data {
        options.push_str(&format!(" --data '{}'", data.display()));
    }
    if let Some(url) = &site.database_url {
        options.push_str(&format!(" --database-url '{url}'"));
    }
    format!(
        "\n\
         Win:G is ready.\n\
         \n\
         Site        http://{address}/\n\
         Swagger UI  http://{address}/swagger-ui/\n\
         Visualizer  http://{address}/visualizer  (what runs here; for admins)\n\
         \n\
         Musician    sign up at http://{address}/signup and choose “musician”\n\
         Admin       sign up, then: cargo xtask admin YOUR@ADDRESS{options}\n\
         Stop        Ctrl-C\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_welcome_names_the_port_and_the_site_an_admin_is_made_for() {
        let site = Site {
            release: false,
            data: Some("/srv/wing".into()),
            database_url: None,
        };
        let text = welcome(SocketAddr::from((Ipv4Addr::LOCALHOST, 8090)), &site);
        assert!(text.contains("http://127.0.0.1:8090/swagger-ui/"));
        assert!(text.contains("cargo xtask admin YOUR@ADDRESS --data '/srv/wing'\n"));
    }

    #[test]
    fn the_error_of_a_taken_port_says_what_to_do() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let error = refuse_taken(holder.local_addr().unwrap()).unwrap_err();
        assert!(error.to_string().contains("--port"));
    }

    #[test]
    fn only_a_success_counts_as_ready() {
        assert!(says_ok(b"HTTP/1.1 200"));
        assert!(!says_ok(b"HTTP/1.1 503"));
    }
}
