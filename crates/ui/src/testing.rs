//! Tests that every crate with translations shares.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Fails when a crate's `locales/*.yml` do not say the same in both languages,
/// fill different places (`%{…}`), or lack a key its templates or sources ask for.
/// Pass `env!("CARGO_MANIFEST_DIR")`.
///
/// # Panics
/// When anything of that is so; the message lists all of it.
pub fn assert_translations(manifest_dir: &str) {
    let root = Path::new(manifest_dir);
    let mut faults = Vec::new();
    let mut known = BTreeSet::new();
    for file in files(&root.join("locales"), "yml") {
        for (key, texts) in entries(&fs::read_to_string(&file).expect("a readable locale file")) {
            if !known.insert(key.clone()) {
                faults.push(format!("{key}: said twice"));
            }
            match (texts.get("ko"), texts.get("en")) {
                (Some(ko), Some(en)) if places(ko) == places(en) => {}
                (Some(_), Some(_)) => {
                    faults.push(format!("{key}: the languages fill different places"));
                }
                _ => faults.push(format!(
                    "{key}: has {:?} only",
                    texts.keys().collect::<Vec<_>>()
                )),
            }
        }
    }
    let here = |key: &str| known.contains(key);
    let shared = |key: &str| crate::_rust_i18n_try_translate("ko", key).is_some();
    let calls: [(&str, &Known<'_>); 3] = [
        ("crate::t(page.lang, \"", &here),
        ("t(lang, \"", &here),
        ("page.t(\"", &shared),
    ];
    for (dir, ending) in [("templates", "html"), ("src", "rs")] {
        for file in files(&root.join(dir), ending) {
            let source = fs::read_to_string(&file).expect("a readable source");
            let code: String = source
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            for (call, exists) in calls {
                for after in code.split(call).skip(1) {
                    let key = after.split('"').next().unwrap_or_default();
                    // Only a whole key: one that is put together by code ends otherwise.
                    if after[key.len()..].starts_with("\")") && !exists(key) {
                        faults.push(format!("{}: no text for {key}", file.display()));
                    }
                }
            }
        }
    }
    assert!(
        !known.is_empty(),
        "no translations in {manifest_dir}/locales"
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether a key has a text.
type Known<'a> = dyn Fn(&str) -> bool + 'a;

fn files(dir: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    entries
        .flatten()
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                files(&path, ending)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|have| have == ending))
        .collect()
}

/// Reads the one shape our locale files have: a key at the margin, then one
/// indented line per language.
fn entries(yaml: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut out: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    for line in yaml.lines() {
        if line.trim().is_empty() || line.starts_with('#') || line.starts_with("_version") {
            continue;
        }
        let Some((name, text)) = line.split_once(':') else {
            continue;
        };
        if line.starts_with(' ') {
            let (_, texts) = out.last_mut().expect("a language line under a key");
            texts.insert(name.trim().to_owned(), text.trim().to_owned());
        } else {
            out.push((name.trim_matches('"').to_owned(), BTreeMap::new()));
        }
    }
    out
}

fn places(text: &str) -> BTreeSet<&str> {
    text.split("%{")
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_say_the_same() {
        super::assert_translations(env!("CARGO_MANIFEST_DIR"));
    }
}
