//! References of container images, as people want to read them.

/// The image of a task.
#[derive(Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name without the registry and the folders in it.
    pub name: String,
    /// Its tag; the beginning of its digest where it has no tag.
    pub version: String,
}

impl Image {
    /// Reads `[HOST[:PORT]/][FOLDER/]NAME[:TAG][@DIGEST]`.
    pub fn parse(reference: &str) -> Self {
        let (path, digest) = match reference.split_once('@') {
            Some((path, digest)) => (path, Some(digest)),
            None => (reference, None),
        };
        // A colon before the last slash belongs to a port.
        let last = path.rsplit('/').next().unwrap_or(path);
        let (name, tag) = match last.split_once(':') {
            Some((name, tag)) => (name, Some(tag)),
            None => (last, None),
        };
        let short = digest.map(|digest| {
            let hash = digest.rsplit(':').next().unwrap_or(digest);
            hash.chars().take(12).collect()
        });
        Self {
            name: name.to_owned(),
            version: match tag {
                Some(tag) => tag.to_owned(),
                None => short.unwrap_or_else(|| "latest".to_owned()),
            },
        }
    }

    /// Whether it holds one of our programs: those images are called `wing-NAME`.
    pub fn is_our_program(&self) -> bool {
        let Some(name) = self.name.strip_prefix("wing-") else {
            return false;
        };
        name == "monolith" || wing_edge::service(name).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reference: &str, name: &str, version: &str) {
        let image = Image::parse(reference);
        assert_eq!(
            (image.name.as_str(), image.version.as_str()),
            (name, version)
        );
    }

    #[test]
    fn a_reference_is_a_name_and_a_version() {
        check("nginx", "nginx", "latest");
        check("postgres:17", "postgres", "17");
        check(
            "10.0.0.1:5000/wing-music:0.1.0-91346a3",
            "wing-music",
            "0.1.0-91346a3",
        );
        check(
            "registry.example/wing/wing-user:0.2.0@sha256:0123456789abcdef0123",
            "wing-user",
            "0.2.0",
        );
        check(
            "dxflrs/garage@sha256:0123456789abcdef0123",
            "garage",
            "0123456789ab",
        );
    }

    #[test]
    fn only_our_programs_are_asked_how_they_are() {
        for ours in [
            "wing-user:1",
            "r:5000/wing-music:1",
            "wing-visualizer",
            "wing-monolith",
        ] {
            assert!(Image::parse(ours).is_our_program(), "{ours}");
        }
        for other in ["wing-edge:1", "wing-backup", "postgres:17", "music"] {
            assert!(!Image::parse(other).is_our_program(), "{other}");
        }
    }
}
