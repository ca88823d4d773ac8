//! Stamps of work that was done, so that it is repeated only when its input changed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::workspace;

/// A copy of a file as it was when the work that depends on it was last done.
pub struct Stamp {
    source: PathBuf,
    copy: PathBuf,
}

impl Stamp {
    /// The stamp of this name over this file.
    pub fn new(name: &str, source: PathBuf) -> Self {
        Self {
            source,
            copy: workspace::cache().join(name),
        }
    }

    /// Whether the file is unchanged since the stamp was set.
    pub fn is_fresh(&self) -> bool {
        match (fs::read(&self.source), fs::read(&self.copy)) {
            (Ok(now), Ok(then)) => now == then,
            _ => false,
        }
    }

    /// Stores a copy of the file as it is now.
    ///
    /// # Errors
    /// When the file cannot be read or its copy not written.
    pub fn set(&self) -> io::Result<()> {
        if let Some(dir) = self.copy.parent() {
            fs::create_dir_all(dir)?;
        }
        // A rename, so that a stamp is never half a file.
        let half = self.copy.with_extension("half");
        fs::copy(&self.source, &half)?;
        fs::rename(half, &self.copy)
    }
}

/// A directory's files with their times.
///
/// Bundlers write every file anew. Cargo goes by times, so each build of the
/// scripts would compile all crates again that embed them; putting the times
/// of unchanged files back prevents that.
pub struct Times(BTreeMap<PathBuf, Entry>);

struct Entry {
    modified: SystemTime,
    /// None for a directory.
    content: Option<Vec<u8>>,
}

impl Times {
    /// Reads the directory; one that does not exist has no files.
    ///
    /// # Errors
    /// When something in it cannot be read.
    pub fn read(dir: &Path) -> io::Result<Self> {
        let mut entries = BTreeMap::new();
        if dir.is_dir() {
            visit(dir, &mut entries)?;
        }
        Ok(Self(entries))
    }

    /// Gives all files their old times whose content is what it was, and the
    /// directories too when nothing came or went.
    ///
    /// # Errors
    /// When something cannot be read or changed.
    pub fn restore(&self, dir: &Path) -> io::Result<()> {
        let now = Self::read(dir)?;
        let same_names = self.0.keys().eq(now.0.keys());
        for (path, entry) in &now.0 {
            let Some(old) = self.0.get(path) else {
                continue;
            };
            let same = old.content == entry.content && (entry.content.is_some() || same_names);
            if same && old.modified != entry.modified {
                File::open(path)?.set_modified(old.modified)?;
            }
        }
        Ok(())
    }
}

fn visit(path: &Path, entries: &mut BTreeMap<PathBuf, Entry>) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    let content = if metadata.is_dir() {
        for child in fs::read_dir(path)? {
            visit(&child?.path(), entries)?;
        }
        None
    } else {
        Some(fs::read(path)?)
    };
    let modified = metadata.modified()?;
    entries.insert(path.to_path_buf(), Entry { modified, content });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn age(path: &Path) -> SystemTime {
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        File::open(path).unwrap().set_modified(old).unwrap();
        old
    }

    fn modified(path: &Path) -> SystemTime {
        fs::metadata(path).unwrap().modified().unwrap()
    }

    #[test]
    fn a_rewritten_file_keeps_its_time_only_with_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let (same, other) = (dir.path().join("same.js"), dir.path().join("other.js"));
        fs::write(&same, "a").unwrap();
        fs::write(&other, "a").unwrap();
        let old = age(&same);
        age(&other);
        age(dir.path());
        let times = Times::read(dir.path()).unwrap();

        fs::remove_file(&same).unwrap();
        fs::write(&same, "a").unwrap();
        fs::write(&other, "b").unwrap();
        times.restore(dir.path()).unwrap();

        assert_eq!(modified(&same), old);
        assert_ne!(modified(&other), old);
        assert_eq!(modified(dir.path()), old);
    }

    #[test]
    fn a_new_file_leaves_the_directory_changed() {
        let dir = tempfile::tempdir().unwrap();
        let old = age(dir.path());
        let times = Times::read(dir.path()).unwrap();
        fs::write(dir.path().join("new.js"), "").unwrap();
        times.restore(dir.path()).unwrap();
        assert_ne!(modified(dir.path()), old);
    }

    #[test]
    fn a_stamp_is_stale_until_set_and_after_each_change() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("package-lock.json");
        fs::write(&source, "1").unwrap();
        let stamp = Stamp {
            source: source.clone(),
            copy: dir.path().join("stamps/lock"),
        };
        assert!(!stamp.is_fresh());
        stamp.set().unwrap();
        assert!(stamp.is_fresh());
        fs::write(&source, "2").unwrap();
        assert!(!stamp.is_fresh());
    }
}
