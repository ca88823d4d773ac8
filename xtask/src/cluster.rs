//! Where a PostgreSQL cluster lies, and the account that owns it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use rustix::io::Errno;
use rustix::process::Pid;
use tempfile::TempDir;

use crate::process::{Session, dies_with_parent};
use crate::workspace;

/// A cluster's directory is called after the process that made it.
const HOME_PREFIX: &str = "wing-postgres-";

/// The account that owns the cluster: PostgreSQL refuses to run as root.
pub enum Account {
    /// The current user.
    Ours,
    /// The one of Debian's package.
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// The account to use here.
    ///
    /// # Errors
    /// When we are root and there is nobody else.
    pub fn for_server() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ours);
        }
        let passwd = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let (uid, gid) = ids_of("postgres", &passwd)
            .or_else(|| ids_of("nobody", &passwd))
            .context("root may not run PostgreSQL, and there is no account named postgres")?;
        Ok(Self::Other { uid, gid })
    }

    /// A directory that belongs to the account: under the target directory, or
    /// among the temporary files when the account cannot get there.
    ///
    /// # Errors
    /// When it cannot be made or given away.
    pub fn make_home(&self) -> Result<TempDir> {
        let mut place = workspace::cache();
        fs::create_dir_all(&place)?;
        if matches!(self, Self::Other { .. }) && !everyone_may_enter(&place) {
            place = std::env::temp_dir();
        }
        remove_leftovers(&place);
        let home = tempfile::Builder::new()
            .prefix(&format!("{HOME_PREFIX}{}-", std::process::id()))
            .tempdir_in(place)?;
        fs::set_permissions(home.path(), Permissions::from_mode(0o700))?;
        self.own(home.path())?;
        Ok(home)
    }

    /// Makes an empty cluster in `data` under the home, whose superuser is
    /// called wing.
    ///
    /// # Errors
    /// When initdb fails.
    pub fn make_cluster(
        &self,
        session: &Session,
        programs: &Path,
        home: &Path,
        password: &str,
    ) -> Result<()> {
        let password_file = home.join("password");
        fs::write(&password_file, password)?;
        self.own(&password_file)?;
        session.run(
            self.command(&programs.join("initdb"), home)
                .args(["--username=wing", "--encoding=UTF8", "--locale=C.UTF-8"])
                // MD5 since the tests make thousands of connections, and
                // nobody but this machine can reach the server.
                .args(["--no-sync", "--auth=md5"])
                .arg(format!("--pwfile={}", password_file.display()))
                .arg("-D")
                .arg(home.join("data"))
                .stdout(Stdio::null()),
        )
    }

    /// A program run by the account, which ends with us.
    pub fn command(&self, program: &Path, home: &Path) -> Command {
        let mut command = dies_with_parent("INT", program);
        command.current_dir(home).stdin(Stdio::null());
        if let Self::Other { uid, gid } = *self {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn own(&self, path: &Path) -> Result<()> {
        if let Self::Other { uid, gid } = *self {
            chown(path, Some(uid), Some(gid))?;
        }
        Ok(())
    }
}

/// Deletes the clusters of runs that were killed before they could do it.
fn remove_leftovers(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(maker_of);
        if maker.is_some_and(|pid| rustix::process::test_kill_process(pid) == Err(Errno::SRCH)) {
            // Another user's leftover does no harm here.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The process that made the cluster in a directory of this name.
fn maker_of(name: &str) -> Option<Pid> {
    let (pid, _) = name.strip_prefix(HOME_PREFIX)?.split_once('-')?;
    Pid::from_raw(pid.parse().ok()?)
}

/// User and group number of an account, from the text of `/etc/passwd`.
fn ids_of(name: &str, passwd: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        Some((uid, fields.next()?.parse().ok()?))
    })
}

/// Whether any account may reach what lies in the directory.
fn everyone_may_enter(dir: &Path) -> bool {
    let Ok(dir) = dir.canonicalize() else {
        return false;
    };
    dir.ancestors().all(|dir| {
        fs::metadata(dir).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_their_line() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres:x:106:113:,,,:/var/lib:/bin/sh\n";
        assert_eq!(ids_of("postgres", passwd), Some((106, 113)));
        assert_eq!(ids_of("post", passwd), None);
    }

    #[test]
    fn only_clusters_of_processes_that_are_gone_are_deleted() {
        let place = tempfile::tempdir().unwrap();
        let mut gone = Command::new("true").spawn().unwrap();
        gone.wait().unwrap();
        let left = place.path().join(format!("{HOME_PREFIX}{}-a", gone.id()));
        let used = place
            .path()
            .join(format!("{HOME_PREFIX}{}-b", std::process::id()));
        let other = place.path().join("package-lock.json");
        fs::create_dir(&left).unwrap();
        fs::create_dir(&used).unwrap();
        fs::write(&other, "").unwrap();
        remove_leftovers(place.path());
        assert!(!left.exists());
        assert!(used.exists() && other.exists());
    }

    #[test]
    fn a_private_directory_hides_what_lies_below() {
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join("below");
        fs::create_dir(&below).unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        assert!(everyone_may_enter(&below));
        fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
        assert!(!everyone_may_enter(&below));
    }
}
