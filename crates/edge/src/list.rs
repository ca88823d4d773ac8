use crate::service::{Database, Service};

/// The services, each after those that it calls.
///
/// An entry here, the domain's crate, `services/NAME` and its mount are all that a
/// new one needs: routing, stack, secrets, metrics, images, backup, the pipeline,
/// `cargo xtask split`, tests and benchmarks of the split follow from this list.
pub const SERVICES: &[Service] = &[
    Service {
        // Accounts stay where they are when a Swarm is built anew, and other
        // systems may come to share them.
        database: Database::Outside,
        secrets: &["signing_key"],
        prefixes: &[
            "/signup",
            "/login",
            "/auth",
            "/me",
            "/api/v1/users",
            "/api/v1/sessions",
            "/.well-known",
            "/media/user",
        ],
        ..Service::domain("user")
    },
    Service {
        asks: &["user"],
        has_workers: true,
        needs_ffmpeg: true,
        prefixes: &[
            "/",
            "/latest",
            "/genres",
            "/artists",
            "/albums",
            "/tracks",
            "/search",
            "/likes",
            "/desk",
            "/feed.xml",
            "/sitemap.xml",
            "/robots.txt",
            "/oembed",
            "/api/v1/artists",
            "/api/v1/albums",
            "/api/v1/tracks",
            "/api/v1/uploads",
            "/api/v1/likes",
            "/api/v1/plays",
            "/api/v1/search",
            "/api/v1/genres",
            "/media/music",
        ],
        open_ended: &["^/desk/events$"],
        large_bodies: &["^/api/v1/uploads(/|$)", "^/desk/artists/[^/]+/upload$"],
        sound: Some("^/api/v1/tracks/[^/]+/stream$"),
        ..Service::domain("music")
    },
    Service {
        asks: &["user"],
        prefixes: &["/visualizer"],
        open_ended: &["^/visualizer/events$"],
        settings: &[("WING_DOCKER_URL", "http://docker-proxy:2375")],
        networks: &["operators"],
        on_managers: true,
        ..Service::tool("visualizer")
    },
];

/// The service of this name.
pub fn service(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

/// The services of `all` with these names and those they call, directly or not, in
/// the order of `all`. A name that is not there is left out.
pub fn with_dependencies(all: &[Service], names: &[&str]) -> Vec<Service> {
    let mut wanted: Vec<&str> = names.to_vec();
    // Backwards, since whom a service calls stands before it.
    let mut found: Vec<Service> = Vec::new();
    for service in all.iter().rev() {
        if wanted.contains(&service.name) {
            wanted.extend(service.asks);
            found.push(*service);
        }
    }
    found.reverse();
    found
}

/// What is wrong with a list of services, in words; nothing when all of it fits
/// together.
pub fn faults(services: &[Service]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for service in services {
        let name = service.name;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
            faults.push(format!("{name:?} is no word of lower-case letters"));
        }
        if known.contains(&name) || [crate::ANYONE, "edge", "monolith"].contains(&name) {
            faults.push(format!("the name {name} is taken"));
        }
        for asked in service.asks {
            if !known.contains(asked) {
                faults.push(format!("{name} calls {asked}, which is not before it"));
            }
        }
        if service.has_domain && !service.has_database() {
            faults.push(format!("{name} has a domain and no database"));
        }
        if service.has_workers && !service.has_database() {
            faults.push(format!(
                "{name} has workers and no database with their jobs"
            ));
        }
        known.push(name);
    }
    let mut prefixes: Vec<&str> = crate::prefixes(services)
        .map(|(prefix, _)| prefix)
        .collect();
    prefixes.sort_unstable();
    for pair in prefixes.windows(2).filter(|pair| pair[0] == pair[1]) {
        faults.push(format!("{} belongs to two", pair[0]));
    }
    if services.iter().filter(|one| one.sound.is_some()).count() > 1 {
        faults.push("the edge keeps the sound of one service alone".to_owned());
    }
    let mut ports: Vec<u16> = services.iter().filter_map(|one| one.tcp_port).collect();
    ports.extend([8080, 8443, crate::METRICS_PORT]);
    ports.sort_unstable();
    for pair in ports.windows(2).filter(|pair| pair[0] == pair[1]) {
        faults.push(format!("port {} is taken twice", pair[0]));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::extended;

    fn names(services: &[Service]) -> Vec<&str> {
        services.iter().map(|service| service.name).collect()
    }

    #[test]
    fn the_list_fits_together() {
        assert_eq!(faults(SERVICES), Vec::<String>::new());
        assert_eq!(faults(&extended()), Vec::<String>::new());
    }

    #[test]
    fn what_does_not_fit_together_is_named() {
        let fault = |service: Service| {
            let mut all = SERVICES.to_vec();
            all.push(service);
            faults(&all)
        };
        let of = Service::domain;
        let cases = [
            (of("two words"), "no word of lower-case letters"),
            (of("music"), "the name music is taken"),
            (of("anyone"), "the name anyone is taken"),
            (
                Service {
                    asks: &["chess"],
                    ..of("go")
                },
                "go calls chess",
            ),
            (
                Service {
                    asks: &["go"],
                    ..of("go")
                },
                "go calls go",
            ),
            (
                Service {
                    database: Database::None,
                    ..of("go")
                },
                "a domain and no database",
            ),
            (
                Service {
                    has_workers: true,
                    ..Service::tool("go")
                },
                "workers and no database",
            ),
            (
                Service {
                    prefixes: &["/login"],
                    ..of("go")
                },
                "/login belongs to two",
            ),
            (
                Service {
                    prefixes: &["/assets"],
                    ..of("go")
                },
                "/assets belongs to two",
            ),
            (
                Service {
                    sound: Some("^/go$"),
                    ..of("go")
                },
                "the sound of one service",
            ),
            (
                Service {
                    tcp_port: Some(8443),
                    ..of("go")
                },
                "port 8443 is taken twice",
            ),
        ];
        for (service, words) in cases {
            let found = fault(service);
            assert!(
                found.iter().any(|one| one.contains(words)),
                "{words}: {found:?}"
            );
        }
    }

    #[test]
    fn those_a_service_calls_come_along_and_before_it() {
        let all = extended();
        assert_eq!(names(&with_dependencies(&all, &["user"])), ["user"]);
        assert_eq!(
            names(&with_dependencies(&all, &["support"])),
            ["user", "music", "support"]
        );
        assert_eq!(
            names(&with_dependencies(&all, &["visualizer", "chess"])),
            ["user", "visualizer"]
        );
    }
}
