//! Takes a picture of every kind of page of a running site: as wide as a screen
//! and as a phone, light and dark, in both languages.
//!
//! ```text
//! cargo run -p wing-suite --example screenshots -- BASE_URL OUT_DIR [EMAIL PASSWORD]
//! ```
//!
//! With the address and password of a musician also the pages behind a log-in.
//! `ONLY=home,track` takes those pages alone, `LOOKS=390-dark` those looks whose
//! name contains it.

use std::path::Path;

use wing_suite::Client;
use wing_suite::chromium::{Chromium, Look, Stop, own_stops, public_stops};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, out, login @ ..] = arguments.as_slice() else {
        eprintln!("screenshots BASE_URL OUT_DIR [EMAIL PASSWORD]");
        std::process::exit(2);
    };
    let base = base.trim_end_matches('/');
    std::fs::create_dir_all(out).expect("a directory for the pictures");
    let browser = Chromium::open(base).await;
    browser.visit("/").await;

    let stops = chosen(public_stops(base).await);
    take(&browser, &stops, Path::new(out)).await;
    if let [email, password] = login {
        let mut client = Client::nobody(base);
        client.email.clone_from(email);
        client.password.clone_from(password);
        client.log_in().await;
        browser.log_in(email, password).await;
        let stops = chosen(own_stops(&client).await);
        take(&browser, &stops, Path::new(out)).await;
    }
}

/// Those that `ONLY` names, or all.
fn chosen(mut stops: Vec<Stop>) -> Vec<Stop> {
    if let Ok(only) = std::env::var("ONLY") {
        stops.retain(|stop| only.split(',').any(|name| name == stop.name));
    }
    stops
}

async fn take(browser: &Chromium, stops: &[Stop], out: &Path) {
    let wanted = std::env::var("LOOKS").unwrap_or_default();
    for look in Look::all()
        .into_iter()
        .filter(|look| look.name().contains(&wanted))
    {
        browser.look(look).await;
        for stop in stops {
            let file = out.join(format!("{}-{}.png", stop.name, look.name()));
            browser.visit(&stop.path).await;
            browser.picture(&file).await;
            println!("{}", file.display());
        }
    }
}
