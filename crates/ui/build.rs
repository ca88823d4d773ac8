//! Gathers what the pages need into `OUT_DIR/assets`: the built `dist/` when npm
//! has made it, else the hand-written styles and icons as they are, so that a
//! machine without Node still compiles and runs (pages then work without scripts).

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The order in which the styles are joined; `styles/app.css` imports the same.
const STYLES: &str = "styles/app.css";

fn main() -> io::Result<()> {
    for input in ["dist", "styles", "images", "locales", "build.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    // An empty directory, so that cargo notices when npm fills it.
    fs::create_dir_all("dist")?;
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("assets");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    if Path::new("dist/manifest.json").exists() {
        copy_all(Path::new("dist"), &out)
    } else {
        plain(&out)
    }
}

/// Copies a whole build: npm may put the next one in its place meanwhile, file
/// by file and the manifest last, so what counts is that the manifest stayed.
fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    let manifest = || fs::read(from.join("manifest.json"));
    loop {
        let before = manifest()?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            match fs::copy(entry.path(), to.join(entry.file_name())) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if manifest()? == before {
            return Ok(());
        }
    }
}

fn plain(out: &Path) -> io::Result<()> {
    let mut manifest = BTreeMap::new();
    let mut css = String::new();
    for line in fs::read_to_string(STYLES)?.lines() {
        match line
            .strip_prefix("@import \"./")
            .and_then(|rest| rest.split('"').next())
        {
            Some(file) => css.push_str(&fs::read_to_string(Path::new("styles").join(file))?),
            None => css.push_str(line),
        }
        css.push('\n');
    }
    place(out, &mut manifest, "app.css", css.as_bytes())?;
    for entry in fs::read_dir("images")? {
        let entry = entry?;
        place(
            out,
            &mut manifest,
            &entry.file_name().to_string_lossy(),
            &fs::read(entry.path())?,
        )?;
    }
    let lines: Vec<_> = manifest
        .iter()
        .map(|(name, file)| format!("  \"{name}\": \"{file}\""))
        .collect();
    fs::write(
        out.join("manifest.json"),
        format!("{{\n{}\n}}\n", lines.join(",\n")),
    )
}

fn place(
    out: &Path,
    manifest: &mut BTreeMap<String, String>,
    name: &str,
    content: &[u8],
) -> io::Result<()> {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
    let hashed = format!("{stem}-{:016x}.{ending}", hasher.finish());
    fs::write(out.join(&hashed), content)?;
    manifest.insert(name.to_owned(), hashed);
    Ok(())
}
