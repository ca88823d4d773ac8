//! What the edge does at each path.

use std::fmt::Write as _;

use crate::table::{LARGE, OPEN_ENDED, Owner, PREFIXES, SOUND, SOUND_KEPT};

/// What services are told of a request. A place that tells more repeats all of
/// it, since nginx inherits these only whole.
pub(crate) const FORWARDED: &str = "        proxy_set_header Host $http_host;
        proxy_set_header Connection $connection_upgrade;
        proxy_set_header Upgrade $http_upgrade;
        # Set, never added to: only this edge is believed.
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header Forwarded \"\";
        proxy_set_header X-Deadline-Ms \"\";
";

/// Every place of the site's server. `upload_max` is the largest upload, in bytes.
pub(crate) fn locations(text: &mut String, upload_max: u64) {
    not_for_the_world(text);
    documents(text);
    text.push_str(
        "        location = /readyz {\n            proxy_pass http://anyone;\n        }\n",
    );
    // Regular expressions come before the prefixes that are not marked otherwise.
    uploads(text, upload_max);
    sound(text);
    open_ended(text);
    for (prefix, owner) in PREFIXES {
        location(text, prefix, *owner);
    }
    // What belongs to nobody is refused by a service, in the reader's language.
    text.push_str("        location / {\n            proxy_pass http://music;\n        }\n");
}

/// For processes and operators, never through here.
fn not_for_the_world(text: &mut String) {
    for place in ["^~ /internal", "= /metrics"] {
        let _ = write!(
            text,
            "        location {place} {{\n            return 404;\n        }}\n"
        );
    }
}

/// There is one document for each service, and none of them all.
fn documents(text: &mut String) {
    text.push_str(
        "        location = /api-docs/openapi.json {\n            return 404;\n        }\n",
    );
    for service in Owner::SERVICES {
        let name = service.name();
        let _ = write!(
            text,
            "        location = /api-docs/{name}.json {{\n            \
             proxy_pass http://{name}/api-docs/openapi.json;\n        }}\n",
        );
    }
}

/// They go through as they arrive.
fn uploads(text: &mut String, upload_max: u64) {
    for path in LARGE {
        let _ = write!(
            text,
            "        location ~ {path} {{\n            client_max_body_size {};\n            \
             proxy_request_buffering off;\n            proxy_read_timeout 300s;\n            \
             client_body_timeout 300s;\n            proxy_pass http://music;\n        }}\n",
            upload_max.saturating_add(1 << 20),
        );
    }
}

/// Answers without an end.
fn open_ended(text: &mut String) {
    for (path, owner) in OPEN_ENDED {
        let _ = write!(
            text,
            "        location ~ {path} {{\n            proxy_buffering off;\n            \
             gzip off;\n            proxy_read_timeout 1h;\n            proxy_pass http://{};\n        }}\n",
            owner.name(),
        );
    }
}

/// The sound. Each request asks music, which answers with a place below
/// `/edge/sound/` when everybody may hear it; what is there nginx keeps and sends
/// by itself. Whatever needs more thought than one range music answers whole.
fn sound(text: &mut String) {
    let _ = write!(
        text,
        "        location ~ {SOUND} {{\n{FORWARDED}            proxy_set_header {SOUND_KEPT} 1;\n            \
         proxy_pass http://music;\n        }}\n        \
         location ~ ^/edge/sound/(?<sound>[0-9a-f]+)(?<path>/.+)$ {{\n            internal;\n{FORWARDED}            \
         slice 1m;\n            proxy_set_header Range $slice_range;\n            \
         proxy_set_header {SOUND_KEPT} \"\";\n            \
         proxy_cache sound;\n            proxy_cache_key $sound$slice_range;\n            \
         proxy_cache_valid 200 206 7d;\n            proxy_cache_lock on;\n            \
         open_file_cache max=2048 inactive=60s;\n            open_file_cache_valid 60s;\n            \
         # In small pieces, connections taking turns: faster than a whole range at once.\n            \
         tcp_nopush off;\n            sendfile_max_chunk 128k;\n            \
         # Who may hear it music was asked before, and it never changes.\n            \
         proxy_ignore_headers Cache-Control Expires Vary;\n            \
         proxy_hide_header X-Request-Id;\n            \
         proxy_pass http://music$path$is_args$args;\n        }}\n",
    );
}

fn location(text: &mut String, prefix: &str, owner: Owner) {
    let name = owner.name();
    let extra = if prefix == "/assets" {
        // One replica may be a version ahead of another: the other has it then.
        "            limit_req zone=files burst=1000 nodelay;\n            proxy_cache assets;\n            \
         proxy_cache_lock on;\n            proxy_next_upstream error timeout http_502 http_404;\n"
    } else {
        ""
    };
    let _ = write!(
        text,
        "        location = {prefix} {{\n{extra}            proxy_pass http://{name};\n        }}\n",
    );
    if prefix == "/" {
        return;
    }
    // Whoever has paths among the regular expressions above is not marked.
    let special = owner == Owner::Music || OPEN_ENDED.iter().any(|(_, of)| *of == owner);
    let mark = if special { "" } else { "^~ " };
    let _ = write!(
        text,
        "        location {mark}{prefix}/ {{\n{extra}            proxy_pass http://{name};\n        }}\n",
    );
}
