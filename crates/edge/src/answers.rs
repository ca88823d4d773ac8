//! What the edge itself says, when no service could.

use std::fmt::Write as _;

/// A refusal as the API words it.
struct Refusal {
    status: u16,
    title: &'static str,
    code: &'static str,
    detail: &'static str,
    korean: (&'static str, &'static str),
    english: (&'static str, &'static str),
}

const REFUSALS: [Refusal; 5] = [
    Refusal {
        status: 400,
        title: "Bad Request",
        code: "bad_request",
        detail: "The request could not be read.",
        korean: (
            "이 요청은 처리할 수 없어요",
            "되돌아가서 다시 살펴봐 주세요.",
        ),
        english: (
            "That request does not fit",
            "Go back, look it over and send it again.",
        ),
    },
    Refusal {
        status: 404,
        title: "Not Found",
        code: "not_found",
        detail: "There is nothing here, or it is not for you to see.",
        korean: (
            "여기에는 아무 소리도 없어요",
            "주소가 바뀌었거나, 내려간 음악일 수 있어요.",
        ),
        english: (
            "Nothing plays here",
            "The address may have changed, or the music was taken down.",
        ),
    },
    Refusal {
        status: 413,
        title: "Payload Too Large",
        code: "too_large",
        detail: "The body is larger than this call takes.",
        korean: ("너무 커요", "보낸 내용이 받을 수 있는 크기를 넘었어요."),
        english: (
            "That is too large",
            "What you sent is larger than what can be taken.",
        ),
    },
    Refusal {
        status: 429,
        title: "Too Many Requests",
        code: "too_many_requests",
        detail: "That was a lot at once. Wait a moment and try again.",
        korean: (
            "잠시 쉬어 가요",
            "짧은 시간에 요청이 너무 많았어요. 잠시 뒤에 다시 해 주세요.",
        ),
        english: (
            "A short rest, please",
            "There were too many requests in a short time. Try again in a moment.",
        ),
    },
    Refusal {
        status: 503,
        title: "Service Unavailable",
        code: "unavailable",
        detail: "This part is not available right now. Try again in a moment.",
        korean: (
            "지금은 조율 중이에요",
            "이 부분은 곧 돌아와요. 잠시 뒤에 다시 열어 주세요.",
        ),
        english: (
            "Tuning up",
            "This part is back shortly. Open the page again in a moment.",
        ),
    },
];

impl Refusal {
    /// Problem details (RFC 9457), as the services answer.
    fn json(&self) -> String {
        format!(
            r#"{{"type":"urn:wing:problem:{code}","title":"{}","status":{},"code":"{code}","detail":"{}"}}"#,
            self.title,
            self.status,
            self.detail,
            code = self.code,
        )
    }

    /// A page that needs nothing else of the site. In both languages, since the
    /// edge does not know the reader's.
    fn page(&self) -> String {
        let (ko, en) = (self.korean, self.english);
        format!(
            r#"<!doctype html><html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{} · Win:G</title><style>{STYLE}</style></head><body><main>{ART}<p class="e">{}</p><h1>{}</h1><p>{}</p><div lang="en"><h2>{}</h2><p>{}</p></div><p><a href="">다시 열기 · <span lang="en">Try again</span></a><a href="/">처음으로 · <span lang="en">Home</span></a></p></main></body></html>"#,
            ko.0, self.status, ko.0, ko.1, en.0, en.1,
        )
    }
}

const STYLE: &str = "*{margin:0}:root{color-scheme:light dark;--i:#16131d;--p:#faf8f5;--m:#655e70;--a:#c81e78}\
@media(prefers-color-scheme:dark){:root{--i:#f4f0ea;--p:#16131d;--m:#aaa2b6;--a:#ff6bb5}}\
body{background:var(--p);color:var(--i);font:1rem/1.6 system-ui,sans-serif;display:grid;min-height:100vh;place-items:center}\
main{max-width:34rem;padding:2rem}svg{width:15rem;max-width:100%;fill:var(--m)}.b{fill:var(--a)}\
.e,div{color:var(--m)}h1{font-size:2.1rem;line-height:1.25;margin:.3rem 0 .5rem}h2{font-size:1.1rem;margin-top:1.2rem}\
a{color:var(--a);display:inline-block;margin:1.4rem 1.4rem 0 0}";

const ART: &str = r#"<svg viewBox="0 0 240 120" aria-hidden="true"><path class="b" d="M4 58h8v4H4zM24 44h8v32h-8zM44 28h8v64h-8zM64 12h8v96h-8zM84 34h8v52h-8zM104 20h8v80h-8z"/><path d="M124 58h8v4h-8zM144 58h8v4h-8zM164 58h8v4h-8zM184 58h8v4h-8zM204 58h8v4h-8zM224 58h8v4h-8z"/></svg>"#;

/// What the edge says by itself, as pages and as problem details.
pub fn own_answers(text: &mut String) {
    for refusal in REFUSALS {
        let status = refusal.status;
        let on = match status {
            // Nobody listens, or nobody answered in time.
            503 => "502 503 504".to_owned(),
            400 => "400 494".to_owned(),
            other => other.to_string(),
        };
        let _ = write!(
            text,
            "        error_page {on} ={status} /edge/{status}-$reader;\n        location = /edge/{status}-json {{\n            internal;\n            \
             default_type application/problem+json;\n",
        );
        retry(text, status);
        let _ = write!(
            text,
            "            add_header X-Content-Type-Options nosniff always;\n            \
             return {status} '{}';\n        }}\n        location = /edge/{status}-page {{\n            internal;\n            \
             default_type 'text/html; charset=utf-8';\n",
            refusal.json()
        );
        retry(text, status);
        let _ = write!(
            text,
            "            add_header X-Content-Type-Options nosniff always;\n            \
             add_header Cache-Control 'private, no-store' always;\n            \
             add_header Content-Security-Policy \"default-src 'none'; style-src 'unsafe-inline'; \
             base-uri 'none'; frame-ancestors 'none'\" always;\n            return {status} '{}';\n        }}\n",
            refusal.page()
        );
    }
}

fn retry(text: &mut String, status: u16) {
    if matches!(status, 429 | 503) {
        text.push_str("            add_header Retry-After 2 always;\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nginx_can_hold_every_answer() {
        for refusal in REFUSALS {
            for text in [refusal.json(), refusal.page()] {
                // A word of its configuration has at most 4096 bytes, ends at a
                // quote, and names a variable after a dollar.
                assert!(text.len() < 4000, "{}", text.len());
                assert!(!text.contains(['\'', '$', '\\']), "{text}");
            }
        }
    }
}
