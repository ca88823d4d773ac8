use wing_kit::text;

wing_kit::texts! {
    /// The name an account shows: one line, without controls and direction marks.
    DisplayName = text::line, 50;
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
