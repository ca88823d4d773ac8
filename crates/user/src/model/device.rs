use wing_kit::text::clean_line;

/// What a browser or program says it is (`User-Agent`), shortened for keeping.
#[derive(Clone, Debug, Default)]
pub struct Device(String);

impl Device {
    /// Takes a `User-Agent`; any text will do.
    pub fn new(user_agent: &str) -> Self {
        let start: String = user_agent.chars().take(400).collect();
        Self(clean_line(&start).chars().take(200).collect())
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A short name for a stored `User-Agent`, such as `Firefox · Linux`; `None`
/// when it names nothing we know.
pub fn device_label(user_agent: &str) -> Option<String> {
    // Order matters: later browsers also name the ones they descend from.
    const BROWSERS: [(&str, &str); 10] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Whale/", "Whale"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |table: &[(&str, &'static str)]| {
        table
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} · {system}")),
        (Some(name), None) | (None, Some(name)) => Some(name.to_owned()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_shortly() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(device_label(chrome).as_deref(), Some("Chrome · Windows"));
        assert_eq!(device_label("curl/8.1").as_deref(), Some("curl"));
        assert_eq!(device_label("<script>"), None);
        assert_eq!(Device::new(&"x".repeat(10_000)).as_str().len(), 200);
    }
}
