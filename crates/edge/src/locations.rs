//! What the edge does at each path.

use std::fmt::Write as _;

use crate::service::Service;
use crate::table::{ANYONE, SOUND_KEPT, prefixes};

/// The headers that services get with a request. A location that sets more repeats all of
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

/// Every place of a site of these services. `upload_max` is the largest upload, in
/// bytes.
pub(crate) fn locations(text: &mut String, services: &[Service], upload_max: u64) {
    not_for_the_world(text);
    documents(text, services);
    text.push_str(
        "        location = /readyz {\n            proxy_pass http://anyone;\n        }\n",
    );
    // Regular expressions come before the prefixes that are not marked otherwise.
    for service in services {
        uploads(text, service, upload_max);
    }
    for service in services {
        sound(text, service);
    }
    for service in services {
        open_ended(text, service);
    }
    let mut home = ANYONE;
    for (prefix, owner) in prefixes(services) {
        // One with paths among the regular expressions above is not marked.
        let has_patterns = services
            .iter()
            .any(|service| service.name == owner && service.has_patterns());
        location(text, prefix, owner, has_patterns);
        if prefix == "/" {
            home = owner;
        }
    }
    // What belongs to nobody is refused by a service, in the reader's language.
    let _ = write!(
        text,
        "        location / {{\n            proxy_pass http://{home};\n        }}\n"
    );
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
fn documents(text: &mut String, services: &[Service]) {
    text.push_str(
        "        location = /api-docs/openapi.json {\n            return 404;\n        }\n",
    );
    for service in services.iter().filter(|service| service.has_domain) {
        let name = service.name;
        let _ = write!(
            text,
            "        location = /api-docs/{name}.json {{\n            \
             proxy_pass http://{name}/api-docs/openapi.json;\n        }}\n",
        );
    }
}

/// They go through as they arrive.
fn uploads(text: &mut String, service: &Service, upload_max: u64) {
    for path in service.large_bodies {
        let _ = write!(
            text,
            "        location ~ {path} {{\n            client_max_body_size {};\n            \
             proxy_request_buffering off;\n            proxy_read_timeout 300s;\n            \
             client_body_timeout 300s;\n            proxy_pass http://{};\n        }}\n",
            upload_max.saturating_add(1 << 20),
            service.name,
        );
    }
}

/// Answers without an end.
fn open_ended(text: &mut String, service: &Service) {
    for path in service.open_ended {
        let _ = write!(
            text,
            "        location ~ {path} {{\n            proxy_buffering off;\n            \
             gzip off;\n            proxy_read_timeout 1h;\n            proxy_pass http://{};\n        }}\n",
            service.name,
        );
    }
}

/// The sound. Each request reaches the service, which answers with a place below
/// `/edge/sound/` when everybody may hear it; what is there nginx keeps and sends
/// by itself. Whatever needs more thought than one range the service answers whole.
fn sound(text: &mut String, service: &Service) {
    let (Some(path), name) = (service.sound, service.name) else {
        return;
    };
    let _ = write!(
        text,
        "        location ~ {path} {{\n{FORWARDED}            proxy_set_header {SOUND_KEPT} 1;\n            \
         proxy_pass http://{name};\n        }}\n        \
         location ~ ^/edge/sound/(?<sound>[0-9a-f]+)(?<path>/.+)$ {{\n            internal;\n{FORWARDED}            \
         slice 1m;\n            proxy_set_header Range $slice_range;\n            \
         proxy_set_header {SOUND_KEPT} \"\";\n            \
         proxy_cache sound;\n            proxy_cache_key $sound$slice_range;\n            \
         proxy_cache_valid 200 206 7d;\n            proxy_cache_lock on;\n            \
         open_file_cache max=2048 inactive=60s;\n            open_file_cache_valid 60s;\n            \
         # In small pieces, connections taking turns: faster than a whole range at once.\n            \
         tcp_nopush off;\n            sendfile_max_chunk 128k;\n            \
         # Who may hear it {name} was asked before, and it never changes.\n            \
         proxy_ignore_headers Cache-Control Expires Vary;\n            \
         proxy_hide_header X-Request-Id;\n            \
         proxy_pass http://{name}$path$is_args$args;\n        }}\n",
    );
}

fn location(text: &mut String, prefix: &str, owner: &str, has_patterns: bool) {
    let extra = if prefix == "/assets" {
        // One replica may be a version ahead of another: the other has it then.
        "            limit_req zone=files burst=1000 nodelay;\n            proxy_cache assets;\n            \
         proxy_cache_lock on;\n            proxy_next_upstream error timeout http_502 http_404;\n"
    } else {
        ""
    };
    let _ = write!(
        text,
        "        location = {prefix} {{\n{extra}            proxy_pass http://{owner};\n        }}\n",
    );
    if prefix == "/" {
        return;
    }
    let mark = if has_patterns { "" } else { "^~ " };
    let _ = write!(
        text,
        "        location {mark}{prefix}/ {{\n{extra}            proxy_pass http://{owner};\n        }}\n",
    );
}
