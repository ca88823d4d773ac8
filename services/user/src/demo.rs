//! Fills an empty instance with the demo's accounts, through the same use case
//! that people's requests go through.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wing_contracts::{Role, UserId};
use wing_demo::Account;
use wing_user::Users;
use wing_wiring::Process;

/// Begins to fill the instance unless it has accounts already. Progress goes to
/// the log.
pub fn start(process: &Process, users: Users) {
    let (data, stop) = (
        process.server.config.data.clone(),
        process.server.stop.clone(),
    );
    actix_web::rt::spawn(fill(users, data, stop));
}

async fn fill(users: Users, data: PathBuf, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => tracing::info!("demo: stopped; start with an empty data directory to have it whole"),
        result = sign_up(&users, &data) => if let Err(error) = result {
            tracing::error!(error = format!("{error:#}"), "demo: ended early");
        }
    }
}

async fn sign_up(users: &Users, data: &Path) -> anyhow::Result<()> {
    if users.count().await? > 0 {
        tracing::info!("demo: there are accounts already, so none is added");
        return Ok(());
    }
    let catalogue = wing_demo::catalogue();
    let password = wing_kit::http::random_token();
    write_login(data, &catalogue.musician, &password)?;
    import(users, &catalogue.musician, &password, Role::Musician).await?;
    for fan in &catalogue.fans {
        let password = wing_kit::http::random_token();
        import(users, &fan.account, &password, Role::Fan).await?;
    }
    tracing::info!(
        "demo: {} fans signed up; the musician's login is in {}",
        catalogue.fans.len(),
        data.join(LOGIN).display()
    );
    Ok(())
}

async fn import(
    users: &Users,
    account: &Account,
    password: &str,
    role: Role,
) -> anyhow::Result<()> {
    let id = UserId::from_uuid(Uuid::from_u128(account.id));
    users
        .import_account(id, &account.email, &account.name, password, role)
        .await
        .with_context(|| format!("signing up {}", account.name))
}

const LOGIN: &str = "demo-login.txt";

/// Says how to log in as the demo's musician, in a file only the operator reads.
fn write_login(data: &Path, musician: &Account, password: &str) -> anyhow::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(data.join(LOGIN))?;
    writeln!(file, "address:  {}\npassword: {password}", musician.email)?;
    Ok(())
}
