//! Every component with samples, also with what nobody should type.

#[path = "../examples/gallery/samples.rs"]
mod samples;

use actix_web::cookie::Cookie;
use actix_web::dev::ServiceResponse;
use actix_web::http::{StatusCode, header};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, body::to_bytes};
use askama::Template as _;

const NOW: i64 = 1_795_132_800_000;

fn head<B>(answer: &ServiceResponse<B>, name: header::HeaderName) -> String {
    answer
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn request(lang: &'static str) -> actix_web::HttpRequest {
    TestRequest::with_uri("/gallery?a=1")
        .cookie(Cookie::new("wing_lang", lang))
        .to_http_request()
}

#[test]
fn every_component_renders_in_both_languages() {
    for (lang, word) in [("ko", "최신 음악"), ("en", "Latest")] {
        let html = samples::gallery(&request(lang), NOW).render().unwrap();
        assert!(html.contains(&format!("<html lang=\"{lang}\"")) && html.contains(word));
        for untranslated in [">ui.", "\"ui.", ">upload.", ">player.", "%{"] {
            let texts = html.find("id=\"texts\"").map_or("", |at| &html[at..]);
            let before = &html[..html.len() - texts.len()];
            assert!(!before.contains(untranslated), "{lang}: {untranslated}");
        }
    }
}

#[test]
fn what_is_typed_shows_as_text() {
    let long = "가".repeat(300);
    let hostile = [
        (
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
        ),
        ("\u{202e}desrever\u{2066}", "'; drop table tracks; --"),
        (long.as_str(), "%{title} {{ page.csrf }}"),
        ("</script><script>", "</textarea><b>"),
    ];
    let html = samples::filled(&request("en"), NOW, &hostile)
        .render()
        .unwrap();
    assert!(
        !html.contains("<script>alert")
            && !html.contains("<img src=x")
            && !html.contains("</textarea><b>")
    );
    assert!(html.contains(&long));
    let blocks = html.matches("<script").count();
    assert_eq!(blocks, html.matches("</script>").count());
}

#[test]
fn no_template_needs_inline_styles_or_scripts() {
    let html = samples::gallery(&request("ko"), NOW).render().unwrap();
    assert!(!html.contains(" style=") && !html.contains("<style"));
    for event in [" onclick=", " onload=", " onerror=", "javascript:"] {
        assert!(!html.contains(event), "{event}");
    }
    for script in html.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains(" src=") || tag.contains("json"), "{tag}");
    }
}

#[actix_web::test]
async fn an_error_is_a_page_with_a_way_on() {
    let page = wing_ui::Page::new(&request("ko"), "");
    let answer = wing_ui::error_page(&page, StatusCode::NOT_FOUND, None);
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let html = String::from_utf8(to_bytes(answer.into_body()).await.unwrap().to_vec()).unwrap();
    assert!(
        html.contains("여기에는 아무 소리도 없어요")
            && html.contains("href=\"/search\"")
            && html.contains("noindex")
    );
}

#[actix_web::test]
async fn the_way_to_another_site_is_a_document_of_its_own_that_names_it() {
    let address = "https://pay.example/session?id=1&state=\"><script>";
    assert_eq!(wing_ui::Destination::parse(address), None);
    let address = "https://pay.example/session?id=1&state='2'";
    let destination = wing_ui::Destination::parse(address).unwrap();
    for (lang, word) in [
        ("ko", "pay.example(으)로"),
        ("en", "Continue at pay.example"),
    ] {
        let page = wing_ui::Page::new(&request(lang), "");
        let answer = wing_ui::leaving_page(&page, &destination, "/payments/1");
        assert_eq!(answer.status(), StatusCode::OK);
        let cached = answer.headers().get(header::CACHE_CONTROL).unwrap();
        assert_eq!(cached, "no-store");
        let html = String::from_utf8(to_bytes(answer.into_body()).await.unwrap().to_vec()).unwrap();
        let escaped = "href=\"https://pay.example/session?id=1&#38;state=&#39;2&#39;\"";
        for part in [
            word,
            escaped,
            "data-controller=\"leaving\"",
            "href=\"/payments/1\"",
            "<body data-turbo=\"false\">",
            "name=\"turbo-visit-control\" content=\"reload\"",
            "noindex",
        ] {
            assert!(html.contains(part), "no {part} in {html}");
        }
        for script in html.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(tag.contains(" src=") || tag.contains("json"), "{tag}");
        }
    }
    let usual = samples::gallery(&request("ko"), NOW).render().unwrap();
    assert!(usual.contains("<body>") && !usual.contains("turbo-visit-control"));
}

#[actix_web::test]
async fn assets_are_kept_for_a_year_and_compared_by_tag() {
    let app = init_service(App::new().configure(wing_ui::configure)).await;
    let url = wing_ui::asset_url("app.css");
    let answer = call_service(&app, TestRequest::get().uri(&url).to_request()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        head(&answer, header::CACHE_CONTROL),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        head(&answer, header::CONTENT_TYPE),
        "text/css; charset=utf-8"
    );
    let tag = head(&answer, header::ETAG);
    assert!(!read_body(answer).await.is_empty());
    let again = TestRequest::get()
        .uri(&url)
        .insert_header((header::IF_NONE_MATCH, tag))
        .to_request();
    assert_eq!(
        call_service(&app, again).await.status(),
        StatusCode::NOT_MODIFIED
    );
    for path in [
        "/favicon.ico",
        "/favicon.svg",
        "/apple-touch-icon.png",
        "/site.webmanifest",
    ] {
        let answer = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    for path in [
        "/assets/none.js",
        "/assets/manifest.json",
        "/assets/..%2fCargo.toml",
    ] {
        let answer = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[actix_web::test]
async fn the_switches_set_a_cookie_and_stay_on_the_site() {
    let app = init_service(App::new().configure(wing_ui::configure)).await;
    for (uri, cookie, goes_to) in [
        ("/lang/en?next=%2Ftracks%2Fx", "wing_lang=en", "/tracks/x"),
        (
            "/theme/dark?next=%2F%2Fevil.example",
            "wing_theme=dark",
            "/",
        ),
        ("/lang/ko", "wing_lang=ko", "/"),
    ] {
        let answer = call_service(&app, TestRequest::get().uri(uri).to_request()).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(head(&answer, header::LOCATION), goes_to);
        assert!(head(&answer, header::SET_COOKIE).starts_with(cookie));
    }
    let unknown = call_service(&app, TestRequest::get().uri("/lang/fr").to_request()).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}
