use std::fmt::Write as _;
use std::path::PathBuf;

use crate::answers::own_answers;
use crate::locations::{FORWARDED, locations};
use crate::service::Service;
use crate::upstream::{Upstream, streams, upstreams};

/// Certificates, as files.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Where HTTPS is listened to, as nginx writes it: `443`, `127.0.0.1:8443`.
    pub listen: String,
    /// The certificate with its chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// One edge and the services behind it.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Where HTTP is listened to, as nginx writes it: `8080`, `127.0.0.1:8080`.
    pub listen: String,
    /// HTTPS as well; HTTP then only leads there.
    pub tls: Option<Tls>,
    /// Where nginx says that it is up and, at `/metrics`, how busy it is: as nginx
    /// writes it, nowhere that the world can reach. Nowhere when there is nobody to ask.
    pub health: Option<String>,
    /// The services behind it.
    pub upstreams: Vec<Upstream>,
    /// Requests a second that one client address may make; ten times as many at
    /// once.
    pub rate: u32,
    /// Largest upload, in bytes.
    pub upload_max: u64,
    /// A directory of its own for everything it writes; the image's places
    /// where there is none.
    pub home: Option<PathBuf>,
    /// One process does everything, and is gone when it is killed; for tests.
    pub single_process: bool,
    /// The account of the workers, where the master runs as root.
    pub user: Option<String>,
}

/// Where the edge of [`Edge::in_container`] answers at `/metrics`.
pub const METRICS_PORT: u16 = 8081;

/// The largest body that is no upload: a picture and what is around it.
const BODY_MAX: &str = "21m";
/// What of the sound the edge keeps, as nginx writes sizes.
const SOUND_CACHE: &str = "2g";

/// The edge's own metrics, as nginx fills them in.
const CONNECTIONS: &str = r#"# TYPE wing_edge_connections gauge
wing_edge_connections{state="reading"} $connections_reading
wing_edge_connections{state="writing"} $connections_writing
wing_edge_connections{state="waiting"} $connections_waiting
"#;
const CERTIFICATE_ENDS: &str = "# TYPE wing_edge_certificate_ends_seconds gauge
wing_edge_certificate_ends_seconds $certificate_ends
";

impl Edge {
    /// The edge of a network in which each service has its own name and listens
    /// on port 8080.
    pub fn by_names(services: &[Service]) -> Self {
        Self {
            listen: "8080".into(),
            tls: None,
            health: None,
            upstreams: Upstream::by_name(services),
            rate: 100,
            upload_max: 2_147_483_648,
            home: None,
            single_process: false,
            user: None,
        }
    }

    /// [`Edge::by_names`] in a container, which can be asked whether it is up.
    pub fn in_container(services: &[Service]) -> Self {
        Self {
            health: Some(METRICS_PORT.to_string()),
            ..Self::by_names(services)
        }
    }

    /// [`Edge::in_container`] with the certificate where Swarm puts secrets, at
    /// port 8443.
    pub fn in_container_with_tls(services: &[Service]) -> Self {
        Self {
            tls: Some(Tls {
                listen: "8443".into(),
                certificate: "/run/secrets/tls_certificate".into(),
                key: "/run/secrets/tls_key".into(),
            }),
            ..Self::in_container(services)
        }
    }

    /// The text of `nginx.conf`.
    pub fn render(&self) -> String {
        let mut text = String::from(
            "# Made by `cargo xtask edge` from the list of services in crates/edge; a\n\
             # test holds this file to it. Change the list or the template there.\n\n",
        );
        self.process(&mut text);
        text.push_str("http {\n");
        self.http(&mut text);
        upstreams(&mut text, &self.upstreams);
        self.server(&mut text);
        self.own_metrics(&mut text);
        text.push_str("}\n");
        streams(&mut text, &self.upstreams);
        text
    }

    fn process(&self, text: &mut String) {
        let (pid, log) = match &self.home {
            Some(home) => (
                home.join("pid").display().to_string(),
                home.join("error.log").display().to_string(),
            ),
            None => ("/tmp/nginx.pid".to_owned(), "stderr".to_owned()),
        };
        if self.single_process {
            text.push_str("master_process off;\n");
        }
        let _ = writeln!(text, "worker_processes auto;\npid {pid};");
        let _ = writeln!(text, "error_log {log} warn;\ndaemon off;");
        if let Some(user) = &self.user {
            let _ = writeln!(text, "user {user};");
        }
        text.push_str("worker_rlimit_nofile 16384;\nevents {\n    worker_connections 8192;\n}\n\n");
    }

    fn http(&self, text: &mut String) {
        let home = self.home.as_ref().map_or_else(
            || "/tmp/nginx-".to_owned(),
            |home| format!("{}/", home.display()),
        );
        let (rate, sound) = (self.rate, SOUND_CACHE);
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            let _ = writeln!(text, "    {kind}_temp_path {home}{kind};");
        }
        let _ = write!(
            text,
            r#"    access_log off;
    server_tokens off;
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;
    keepalive_requests 10000;
    client_header_timeout 15s;
    # A player may ask for a thousand ranges at once.
    large_client_header_buffers 4 16k;
    client_body_timeout 60s;
    reset_timedout_connection on;

    # By the address that connects: what a client writes into its headers changes
    # nothing. The services count again, by IPv6 network as well.
    limit_req_zone $binary_remote_addr zone=clients:16m rate={rate}r/s;
    limit_req_zone $binary_remote_addr zone=files:4m rate=10000r/s;
    limit_req_status 429;

    gzip on;
    gzip_comp_level 4;
    gzip_min_length 1024;
    gzip_proxied any;
    gzip_vary on;
    gzip_types text/css text/javascript application/javascript application/json
               application/problem+json application/manifest+json image/svg+xml application/atom+xml;

    # Scripts, styles and fonts: named by their content, so they never change.
    proxy_cache_path {home}assets levels=1:1 keys_zone=assets:1m max_size=64m inactive=7d use_temp_path=off;
    # Sound that everybody may hear, named by its content, in parts of a megabyte.
    proxy_cache_path {home}sound levels=1:2 keys_zone=sound:16m max_size={sound} inactive=7d use_temp_path=off;

    # Websockets keep their handshake; all else keeps the connection to the service.
    map $http_upgrade $connection_upgrade {{
        default upgrade;
        ''      '';
    }}
    # A client that reads JSON gets its errors as JSON. By the request's first line, which is there
    # even when its path could not be read.
    map $request $reader {{
        default page;
        "~^[A-Z]+ /(api|api-docs|media|internal|\.well-known)/" json;
    }}

"#
        );
    }

    fn server(&self, text: &mut String) {
        match &self.tls {
            None => {
                let _ = writeln!(text, "    server {{\n        listen {};", self.listen);
            }
            Some(tls) => {
                let _ = write!(
                    text,
                    "    server {{\n        listen {};\n        return 308 https://$host$request_uri;\n    }}\n\n    \
                     server {{\n        listen {} ssl http2;\n        ssl_certificate {};\n        \
                     ssl_certificate_key {};\n        ssl_protocols TLSv1.2 TLSv1.3;\n        \
                     ssl_session_cache shared:tls:4m;\n        ssl_session_tickets off;\n",
                    self.listen,
                    tls.listen,
                    tls.certificate.display(),
                    tls.key.display(),
                );
            }
        }
        let burst = self.rate.saturating_mul(10);
        let _ = write!(
            text,
            r#"        limit_req zone=clients burst={burst} nodelay;
        client_max_body_size {BODY_MAX};

        proxy_http_version 1.1;
{FORWARDED}        proxy_connect_timeout 1s;
        proxy_read_timeout 60s;
        proxy_send_timeout 60s;
        # Only what certainly was not begun, or changes nothing, is asked of another replica.
        proxy_next_upstream error timeout http_502;
        proxy_next_upstream_tries 3;
        proxy_next_upstream_timeout 5s;
        # Answers wait in memory, never on the disk.
        proxy_max_temp_file_size 0;
        proxy_buffers 16 16k;

"#
        );
        own_answers(text);
        let services: Vec<Service> = self.upstreams.iter().map(|one| one.service).collect();
        locations(text, &services, self.upload_max);
        text.push_str("    }\n");
    }

    /// What operators see of the edge itself, in Prometheus' text format.
    fn own_metrics(&self, text: &mut String) {
        let Some(listen) = &self.health else {
            return;
        };
        if let Some(tls) = &self.tls {
            // `start.sh` writes it; 0 is unknown.
            let _ = write!(
                text,
                "\n    map $host $certificate_ends {{\n        default 0; # of {}\n    }}\n",
                tls.certificate.display()
            );
        }
        let ends = self.tls.as_ref().map_or("", |_| CERTIFICATE_ENDS);
        let _ = write!(
            text,
            "\n    # Whether nginx itself is up, whoever else is not, and how busy it is.\n    server {{\n        listen {listen};\n        location = /metrics {{\n            \
             default_type 'text/plain; version=0.0.4';\n            return 200 '{CONNECTIONS}{ends}';\n        }}\n        \
             location / {{\n            return 204;\n        }}\n    }}\n",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::SERVICES;
    use crate::table::prefixes;
    use crate::testing::extended;

    #[test]
    fn every_prefix_is_routed_and_nothing_internal_is() {
        let text = Edge::by_names(SERVICES).render();
        for (prefix, _) in prefixes(SERVICES) {
            assert!(
                text.contains(&format!("location = {prefix} {{")),
                "{prefix}"
            );
        }
        assert!(text.contains("location ^~ /internal {\n            return 404;"));
        assert!(!text.contains("proxy_add_x_forwarded_for"));
    }

    #[test]
    fn a_place_where_nobody_is_stops_nobody() {
        let edge = Edge {
            upstreams: Upstream::each(SERVICES, |_| Vec::new()),
            ..Edge::by_names(SERVICES)
        };
        let text = edge.render();
        assert!(text.contains("upstream visualizer {\n        server 127.0.0.1:9;\n"));
    }

    #[test]
    fn what_follows_from_an_entry_of_the_list_is_there() {
        let text = Edge::in_container(&extended()).render();
        for words in [
            "upstream support {\n        server support:8080 ",
            "location = /api-docs/support.json {",
            "location ^~ /api/v1/gifts/ {\n            proxy_pass http://support;",
            "location ^~ /hls/ {\n            proxy_pass http://ingest;",
        ] {
            assert!(text.contains(words), "{words}");
        }
        assert!(!text.contains("/api-docs/ingest.json"), "it has no domain");
        let (_, anyone) = text.split_once("upstream anyone {").expect("all of them");
        let anyone = anyone.split_once('}').expect("its end").0;
        assert!(anyone.contains("server support:8080") && !anyone.contains("ingest"));

        let (_, streams) = text
            .split_once("\nstream {\n")
            .expect("what passes through");
        assert!(streams.contains("upstream ingest {\n        server ingest:1935 "));
        assert!(streams.contains("listen 1935;\n        proxy_pass ingest;"));
        assert!(
            !Edge::in_container(SERVICES)
                .render()
                .contains("stream {\n    upstream")
        );
    }

    #[test]
    fn the_files_for_deployment_are_what_the_table_makes() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/nginx");
        for (name, edge) in [
            ("nginx.conf", Edge::in_container(SERVICES)),
            ("nginx-tls.conf", Edge::in_container_with_tls(SERVICES)),
        ] {
            let written = std::fs::read_to_string(format!("{dir}/{name}")).unwrap_or_default();
            assert!(
                written == edge.render(),
                "deploy/nginx/{name} is old: run `cargo xtask edge`"
            );
        }
    }
}
