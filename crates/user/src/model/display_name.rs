use wing_kit::problem::Invalid;
use wing_kit::text;

/// The name an account shows: one line of 1 to 50 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// The most characters a name has.
    pub const MAX: u32 = 50;

    /// Reads a name, without controls and direction marks.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text::line(text, Self::MAX as usize).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name itself.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::DisplayName;

    #[test]
    fn a_name_is_one_clean_line() {
        let name = DisplayName::parse("  밤\u{202E}의 \n 산책 ").expect("a name");
        assert_eq!(name.as_str(), "밤의 산책");
        assert!(DisplayName::parse(" \u{200F} ").is_err());
        assert!(DisplayName::parse(&"밤".repeat(51)).is_err());
    }
}
