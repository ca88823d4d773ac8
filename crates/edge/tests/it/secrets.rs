//! `deploy/swarm/secrets.sh`, with a stand-in for Docker that keeps secrets as
//! files, held against what the stack expects.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Runs the script with a Docker whose secrets are the files of `store`; `database`
/// names the file with an address, or nothing.
fn run(dir: &Path, options: &[&str], database: &[&str]) -> Output {
    let bin = dir.join("bin");
    fs::create_dir_all(&bin).expect("a directory");
    fs::create_dir_all(dir.join("store")).expect("a directory");
    let docker = bin.join("docker");
    let text = format!(
        "#!/bin/sh\nset -eu\ncd {}/store\n\
         case \"$1 $2\" in\n\
         'secret inspect') [ -e \"$3\" ] ;;\n\
         'secret create') [ \"$4\" = - ] && [ ! -e \"$3\" ] && cat >\"$3\" ;;\n\
         *) exit 9 ;;\n\
         esac\n",
        dir.display()
    );
    fs::write(&docker, text).expect("written");
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).expect("made a program");
    for name in ["certificate", "key"] {
        fs::write(dir.join(name), format!("the {name}\n")).expect("written");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .arg(format!("{ROOT}/deploy/swarm/secrets.sh"))
        .args(options)
        .args(["certificate", "key"])
        .args(database)
        .current_dir(dir)
        .env("PATH", format!("{}:{path}", bin.display()))
        .env_remove("WING_ENV")
        .output()
        .expect("started")
}

fn stored(dir: &Path) -> BTreeSet<String> {
    fs::read_dir(dir.join("store"))
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

/// The secrets that a stack file takes from outside.
fn expected(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(format!("{ROOT}/{file}")).expect(file);
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("name: ${WING_ENV:-wing}_"))
        .filter_map(|rest| Some(format!("wing_{}", rest.split_once("${")?.0)))
        .collect()
}

#[test]
fn everything_that_the_stack_expects_is_made_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = run(dir.path(), &[], &[]);
    assert!(first.status.success(), "{first:?}");
    let mut wanted = expected("stack.yml");
    wanted.extend(expected("deploy/swarm/user-db.yml"));
    assert_eq!(stored(dir.path()), wanted);

    let value = |name: &str| fs::read_to_string(dir.path().join("store").join(name)).expect(name);
    let with_database = wing_edge::SERVICES.iter().filter(|one| one.has_database());
    for service in with_database.map(|one| one.name) {
        let password = value(&format!("wing_{service}_database_password"));
        assert_eq!(password.len(), 32);
        assert_eq!(
            value(&format!("wing_{service}_database_url")),
            format!("postgres://wing:{password}@{service}-db:5432/wing_{service}")
        );
    }
    assert!(value("wing_signing_key").starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert_eq!(value("wing_service_secret").len(), 64);
    assert_eq!(value("wing_tls_key"), "the key\n");
    let nats = value("wing_nats_url");
    let password = &nats["nats://wing:".len()..nats.len() - "@nats:4222".len()];
    assert!(value("wing_nats_accounts").contains(&format!("password: \"{password}\"")));

    let before: Vec<_> = wanted.iter().map(|name| value(name)).collect();
    let again = run(dir.path(), &[], &[]);
    assert!(again.status.success(), "{again:?}");
    let after: Vec<_> = wanted.iter().map(|name| value(name)).collect();
    assert_eq!(before, after);
    let output = String::from_utf8_lossy(&again.stdout);
    assert!(!output.contains("made: "), "{output}");
}

#[test]
fn a_database_outside_is_taken_as_it_is_and_halves_of_a_pair_are_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let address = "postgres://us:secret@db.example/accounts\n";
    fs::write(dir.path().join("address"), address).expect("written");
    let ran = run(dir.path(), &[], &["address"]);
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(stored(dir.path()), expected("stack.yml"));
    let store = dir.path().join("store");
    let kept = fs::read_to_string(store.join("wing_user_database_url")).expect("made");
    assert_eq!(kept, address);

    fs::remove_file(store.join("wing_nats_accounts")).expect("removed");
    let refused = run(dir.path(), &[], &["address"]);
    assert!(!refused.status.success());
    let output = String::from_utf8_lossy(&refused.stderr);
    assert!(
        output.contains("one of wing_nats_url and wing_nats_accounts is missing"),
        "{output}"
    );
    assert!(!store.join("wing_nats_accounts").exists());
}

#[test]
fn the_monolith_has_what_its_stack_expects_and_no_more() {
    let dir = tempfile::tempdir().expect("a directory");
    let ran = run(dir.path(), &["--monolith"], &[]);
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(stored(dir.path()), expected("stack.monolith.yml"));
    let value = |name: &str| fs::read_to_string(dir.path().join("store").join(name)).expect(name);
    let password = value("wing_database_password");
    assert_eq!(
        value("wing_database_url"),
        format!("postgres://wing:{password}@wing-db:5432/wing")
    );
}
