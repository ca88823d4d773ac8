//! Which packages two `Cargo.lock` files disagree about.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::graph::Locked;

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Entry>,
}

/// A package with all that its entry says: another checksum, or another choice
/// among several versions of a dependency, makes another program, too.
#[derive(Clone, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// The packages of `after` that `before` does not have in just this form.
///
/// What only `before` has is of no interest: a package that no longer uses it
/// has another entry itself.
///
/// # Errors
/// When one of them is not a lock file.
pub fn changed(before: &str, after: &str) -> Result<BTreeSet<Locked>> {
    let before = entries(before)?;
    Ok(entries(after)?
        .difference(&before)
        .map(|entry| Locked {
            name: entry.name.clone(),
            version: entry.version.clone(),
        })
        .collect())
}

fn entries(text: &str) -> Result<BTreeSet<Entry>> {
    let lock: Lock = toml::from_str(text).context("Cargo.lock is not understood")?;
    Ok(lock.package.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"
version = 4

[[package]]
name = "bytes"
version = "1.0.0"
source = "registry"
checksum = "aa"

[[package]]
name = "bytes"
version = "1.1.0"
source = "registry"
checksum = "bb"

[[package]]
name = "http"
version = "1.0.0"
source = "registry"
checksum = "cc"
dependencies = ["bytes 1.0.0"]
"#;

    fn names(before: &str, after: &str) -> Vec<String> {
        changed(before, after)
            .unwrap()
            .iter()
            .map(|locked| format!("{} {}", locked.name, locked.version))
            .collect()
    }

    #[test]
    fn equal_files_differ_in_nothing() {
        assert!(names(BEFORE, BEFORE).is_empty());
    }

    #[test]
    fn another_version_counts_once() {
        let after = BEFORE.replace("1.1.0", "1.2.0");
        assert_eq!(names(BEFORE, &after), ["bytes 1.2.0"]);
    }

    #[test]
    fn another_choice_among_the_versions_counts_for_who_chose() {
        let after = BEFORE.replace("\"bytes 1.0.0\"", "\"bytes 1.1.0\"");
        assert_eq!(names(BEFORE, &after), ["http 1.0.0"]);
    }

    #[test]
    fn other_content_under_the_same_version_counts() {
        let after = BEFORE.replace("\"bb\"", "\"dd\"");
        assert_eq!(names(BEFORE, &after), ["bytes 1.1.0"]);
    }
}
