//! The pages, as a browser without scripts uses them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::world::{Answer, PASSWORD, World, world, world_with};
use actix_web::http::header;
use actix_web::test::TestRequest;
use wing_kit::auth::cookies;

/// Keeps cookies and follows nothing.
struct Browser<'w> {
    world: &'w World,
    jar: RefCell<BTreeMap<String, String>>,
}

impl<'w> Browser<'w> {
    fn new(world: &'w World) -> Self {
        Self {
            world,
            jar: RefCell::default(),
        }
    }

    /// A request with the headers of this browser.
    fn dressed(&self, req: TestRequest) -> TestRequest {
        let jar = self.jar.borrow().clone();
        let cookies: Vec<String> = jar.iter().map(|(k, v)| format!("{k}={v}")).collect();
        req.insert_header((header::COOKIE, cookies.join("; ")))
            .insert_header((header::ACCEPT, "text/html"))
            .insert_header((header::ACCEPT_LANGUAGE, "en"))
    }

    async fn send(&self, req: TestRequest) -> Answer {
        let answer = self.world.send(self.dressed(req)).await;
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("text");
            let (pair, rest) = set.split_once(';').unwrap_or((set, ""));
            let (name, value) = pair.split_once('=').expect("a cookie");
            if rest.contains("Max-Age=0") {
                self.jar.borrow_mut().remove(name);
            } else {
                self.jar.borrow_mut().insert(name.into(), value.into());
            }
        }
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path)).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.cookie(cookies::CSRF.of(false));
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.send(TestRequest::post().uri(path).set_form(all)).await
    }

    fn cookie(&self, name: &str) -> String {
        self.jar.borrow().get(name).cloned().unwrap_or_default()
    }

    async fn sign_up_and_in(&self, email: &str) {
        self.get("/signup").await;
        let fields = [
            ("email", email),
            ("password", PASSWORD),
            ("display_name", "River"),
            ("role", "fan"),
        ];
        let answer = self.post("/signup", &fields).await;
        assert_eq!(
            (answer.status, answer.location()),
            (303, "/login?next=%2Fme")
        );
        let fields = [("email", email), ("password", PASSWORD), ("next", "/me")];
        let answer = self.post("/login", &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/me"));
    }
}

#[actix_web::test]
async fn somebody_signs_up_logs_in_sees_their_page_and_logs_out() {
    let world = world().await;
    let ann = Browser::new(&world);
    assert_eq!(ann.get("/me").await.location(), "/login?next=%2Fme");
    ann.sign_up_and_in("ann@mail.example").await;
    let page = ann.get("/me").await;
    assert!(page.text().contains("<h1>River</h1>"), "{}", page.text());
    assert!(page.text().contains("src=\"/likes/frame\""));
    assert_eq!(ann.get("/login?next=/albums").await.location(), "/albums");

    let out = ann.post("/auth/logout", &[]).await;
    assert_eq!((out.status, out.location()), (303, "/"));
    assert_eq!(ann.cookie(cookies::ACCESS.of(false)), "");
    assert_eq!(ann.get("/me").await.status, 303);
}

#[actix_web::test]
async fn the_page_after_signing_up_is_the_same_for_a_known_address() {
    let world = world().await;
    Browser::new(&world)
        .sign_up_and_in("ann@mail.example")
        .await;
    let eve = Browser::new(&world);
    eve.get("/signup").await;
    let fields = [
        ("email", "ann@mail.example"),
        ("password", "another good phrase"),
        ("display_name", "River"),
    ];
    let answer = eve.post("/signup", &fields).await;
    assert_eq!(
        (answer.status, answer.location()),
        (303, "/login?next=%2Fme")
    );
    let login = eve.get("/login?next=%2Fme").await.text();
    assert!(login.contains("You can log in now") && login.contains("value=\"ann@mail.example\""));
}

#[actix_web::test]
async fn a_refused_form_keeps_what_was_typed_but_never_the_password() {
    let world = world().await;
    let ann = Browser::new(&world);
    ann.get("/signup").await;
    let fields = [
        ("email", "no \"address\""),
        ("password", "password1"),
        ("display_name", "<i>River</i>"),
        ("role", "musician"),
    ];
    let answer = ann.post("/signup", &fields).await;
    let html = answer.text();
    assert_eq!(answer.status, 422);
    assert!(html.contains("&#60;i&#62;River") && !html.contains("<i>River"));
    assert!(html.contains("This is not an e-mail address"));
    assert!(html.contains("Choose another one") && !html.contains("password1"));
    assert!(html.contains("value=\"musician\" checked"));

    let answer = ann
        .post(
            "/login",
            &[("email", "x@mail.example"), ("password", "wrong")],
        )
        .await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("do not belong together"));
    assert!(answer.text().contains("value=\"x@mail.example\""));
}

#[actix_web::test]
async fn a_form_without_its_token_is_refused() {
    let world = world().await;
    let ann = Browser::new(&world);
    ann.sign_up_and_in("ann@mail.example").await;
    let forged = TestRequest::post()
        .uri("/me/settings/profile")
        .set_form([("csrf", "x"), ("display_name", "Eve")]);
    assert_eq!(ann.send(forged).await.status, 403);
    let foreign = TestRequest::post()
        .uri("/auth/logout")
        .insert_header(("sec-fetch-site", "cross-site"))
        .set_form([("csrf", ann.cookie(cookies::CSRF.of(false)))]);
    assert_eq!(ann.send(foreign).await.status, 403);
    assert!(ann.get("/me").await.text().contains("River"));
}

#[actix_web::test]
async fn an_expired_access_token_is_renewed_on_the_way() {
    let world = world().await;
    let ann = Browser::new(&world);
    ann.sign_up_and_in("ann@mail.example").await;
    world.clock.advance_ms(11 * 60_000);
    let sent_on = ann.get("/me?x=1").await;
    assert_eq!(
        (sent_on.status, sent_on.location()),
        (307, "/auth/refresh?next=%2Fme%3Fx%3D1")
    );
    let back = ann.get(sent_on.location()).await;
    assert_eq!((back.status, back.location()), (303, "/me?x=1"));
    assert_eq!(ann.get("/me?x=1").await.status, 200);

    world.clock.advance_ms(11 * 60_000);
    let form = [("display_name", "Brook")];
    let sent_on = ann.post("/me/settings/profile", &form).await;
    assert_eq!(sent_on.status, 307);
    let back = ann.post(sent_on.location(), &form).await;
    assert_eq!(
        (back.status, back.location()),
        (307, "/me/settings/profile")
    );
    assert_eq!(ann.post(back.location(), &form).await.status, 303);
    assert!(ann.get("/me").await.text().contains("<h1>Brook</h1>"));
}

#[actix_web::test]
async fn a_form_under_way_while_its_token_is_voided_is_renewed_and_repeated() {
    let world = world().await;
    let ann = Browser::new(&world);
    ann.sign_up_and_in("ann@mail.example").await;
    let csrf = ann.cookie(cookies::CSRF.of(false));
    let fields = [("csrf", csrf.as_str()), ("display_name", "Brook")];
    let form = TestRequest::post()
        .uri("/me/settings/profile")
        .set_form(fields);
    let under_way = world.withhold(ann.dressed(form));
    // Voids the tokens of all sessions, and ends none.
    wing_user::grant_admin(&world.db, &world.clock, "ann@mail.example").expect("granted");
    let sent_on = under_way.finish().await;
    assert_eq!(
        (sent_on.status, sent_on.location()),
        (307, "/auth/refresh?next=%2Fme%2Fsettings%2Fprofile")
    );
    let back = ann.post(sent_on.location(), &fields[1..]).await;
    assert_eq!(back.location(), "/me/settings/profile");
    assert_eq!(ann.post(back.location(), &fields[1..]).await.status, 303);
    assert!(ann.get("/me").await.text().contains("<h1>Brook</h1>"));
}

#[actix_web::test]
async fn who_cannot_be_renewed_goes_on_as_nobody() {
    let world = world().await;
    let ann = Browser::new(&world);
    ann.sign_up_and_in("ann@mail.example").await;
    let stale = ann.cookie(cookies::REFRESH.of(false));
    world.clock.advance_ms(40 * 24 * 3600 * 1000);
    let sent_on = ann.get("/signup").await;
    let back = ann.get(sent_on.location()).await;
    // `/signup` itself sends on those who are logged in, so home it is.
    assert_eq!((back.status, back.location()), (303, "/"));
    assert_eq!(ann.cookie(cookies::ACCESS.of(false)), "");
    assert_eq!(ann.get("/signup").await.status, 200);

    let script = TestRequest::post()
        .uri("/auth/refresh")
        .insert_header((
            header::COOKIE,
            format!("{}={stale}", cookies::REFRESH.of(false)),
        ))
        .insert_header((header::ACCEPT, "application/json"));
    let response = world.send(script).await;
    assert_eq!(
        (response.status, response.code()),
        (401, "refresh_invalid".into())
    );
    for next in [
        "//evil.example",
        "https://evil.example",
        "/auth/refresh?next=/",
    ] {
        let path = format!("/auth/refresh?next={next}");
        assert_eq!(ann.get(&path).await.location(), "/", "{next}");
    }
}

#[actix_web::test]
async fn settings_change_the_account_and_say_so() {
    let world = world().await;
    let ann = Browser::new(&world);
    ann.sign_up_and_in("ann@mail.example").await;
    let phone = Browser::new(&world);
    phone.get("/login").await;
    let login = [("email", "ann@mail.example"), ("password", PASSWORD)];
    phone.post("/login", &login).await;

    let empty = ann
        .post("/me/settings/profile", &[("display_name", " ")])
        .await;
    assert_eq!(empty.status, 422);
    assert!(empty.text().contains("must not be empty"));
    let done = ann.post("/me/settings/musician", &[]).await;
    assert_eq!(done.location(), "/me/settings?did=musician");
    let page = ann.get(done.location()).await.text();
    assert!(page.contains("You are a musician now") && page.contains("href=\"/desk\""));

    let wrong = [
        ("current_password", "wrong"),
        ("password", "a new good phrase"),
    ];
    let wrong = ann.post("/me/settings/password", &wrong).await;
    assert!(wrong.status == 422 && wrong.text().contains("This is not your password"));
    let right = [
        ("current_password", PASSWORD),
        ("password", "a new good phrase"),
    ];
    let done = ann.post("/me/settings/password", &right).await;
    assert_eq!(done.location(), "/me/settings?did=password");
    assert_eq!(ann.get(done.location()).await.status, 200);
    assert_eq!(
        phone.get("/me").await.status,
        307,
        "logged out on the phone"
    );

    let refused = ann
        .post("/me/settings/delete", &[("confirm_password", PASSWORD)])
        .await;
    assert_eq!(refused.status, 422);
    let gone = [("confirm_password", "a new good phrase")];
    assert_eq!(ann.post("/me/settings/delete", &gone).await.location(), "/");
    assert_eq!(ann.get("/me").await.status, 303);
}

#[actix_web::test]
async fn a_picture_is_sent_by_a_form() {
    let world = world().await;
    let ann = Browser::new(&world);
    ann.sign_up_and_in("ann@mail.example").await;
    let form = |csrf: String, file: &[u8]| {
        let mut body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--x\r\n\
             Content-Disposition: form-data; name=\"picture\"; filename=\"me.jpg\"\r\n\
             Content-Type: image/jpeg\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--x--\r\n");
        TestRequest::post()
            .uri("/me/settings/picture")
            .insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=x"))
            .set_payload(body)
    };
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(64, 64, image::Rgb([9, 99, 199]))
        .write_to(&mut png, image::ImageFormat::Png)
        .expect("a picture");
    let png = png.into_inner();

    let csrf = ann.cookie(cookies::CSRF.of(false));
    assert_eq!(ann.send(form("wrong".into(), &png)).await.status, 403);
    let text = ann.send(form(csrf.clone(), b"<html>")).await;
    assert!(text.status == 415 && text.text().contains("This is not a JPEG"));
    let done = ann.send(form(csrf, &png)).await;
    assert_eq!(done.location(), "/me/settings?did=picture");
    assert!(ann.get("/me").await.text().contains("/media/user/images/"));
}

#[actix_web::test]
async fn too_many_attempts_are_shown_on_the_page() {
    let world = world_with(&[("WING_LOGIN_LIMIT", "1")]).await;
    let ann = Browser::new(&world);
    ann.sign_up_and_in("ann@mail.example").await;
    let device = ann.cookie(cookies::DEVICE.of(false));
    ann.post("/auth/logout", &[]).await;
    assert_eq!(ann.cookie(cookies::DEVICE.of(false)), device, "it stays");
    ann.get("/login").await;
    let login = [("email", "ann@mail.example"), ("password", "wrong")];
    assert_eq!(ann.post("/login", &login).await.status, 422);
    let answer = ann.post("/login", &login).await;
    assert_eq!(answer.status, 429);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert!(answer.text().contains("many attempts"));
}

#[test]
fn both_languages_say_the_same() {
    wing_ui::testing::assert_translations(env!("CARGO_MANIFEST_DIR"));
}
