//! Signing up, logging in and out in the pages, as people do.

use super::Chromium;

impl Chromium {
    /// Logs in by the form and waits until the header shows it.
    pub async fn log_in(&self, email: &str, password: &str) {
        self.visit("/login").await;
        self.fill("email", email).await;
        self.fill("password", password).await;
        self.click("main form [type=submit]").await;
        self.see(".top .menu").await;
    }
}
