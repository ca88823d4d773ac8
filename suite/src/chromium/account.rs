//! Signing up, logging in and out in the pages, as people do.

use thirtyfour::Key;

use super::Chromium;
use crate::PASSWORD;

/// Shown in the header to those who are logged in.
const MENU: &str = ".top .menu summary";

impl Chromium {
    /// Signs up by the form as `fan` or `musician`, logs in on the page that
    /// follows, and gives the address of the account.
    pub async fn sign_up(&self, name: &str, role: &str) -> String {
        let email = format!("{role}-{}@mail.example", uuid::Uuid::now_v7().simple());
        self.click(".top a[href^=\"/signup\"]").await;
        self.see("main form[action=\"/signup\"]").await;
        self.fill("display_name", name).await;
        self.fill("email", &email).await;
        self.click(&format!("main input[name=role][value={role}]"))
            .await;
        self.fill("password", PASSWORD).await;
        self.press(Key::Enter).await;
        // The page that follows knows the address already.
        self.see("main form[action=\"/login\"]").await;
        self.fill("password", PASSWORD).await;
        self.press(Key::Enter).await;
        self.see(MENU).await;
        email
    }

    /// Logs in by the form and waits until the header shows it.
    pub async fn log_in(&self, email: &str, password: &str) {
        self.visit("/login").await;
        self.fill("email", email).await;
        self.fill("password", password).await;
        self.click("main form [type=submit]").await;
        self.see(MENU).await;
    }

    /// Opens the menu and goes where a link in it leads.
    pub async fn choose_in_menu(&self, href: &str) {
        self.click(MENU).await;
        self.click(&format!(".top .menu a[href=\"{href}\"]")).await;
        self.wait_for_path(href).await;
    }

    /// Logs out by the menu.
    pub async fn log_out(&self) {
        self.click(MENU).await;
        self.click(".top .menu form [type=submit]").await;
        self.see(".top a[href^=\"/login\"]").await;
    }
}
