//! The macro that reads the translations does not tell cargo so.

fn main() {
    for input in ["locales", "build.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
}
