//! A form's field as a component takes it: what was typed is never lost.

/// One option of a choice.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
}

/// One field of a form. Start with [`Field::new`] and set what differs.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// The name it is sent under; also makes its `id`.
    pub name: &'static str,
    /// The `type` of the input: `text`, `email`, `password`, `url`, `date`, …
    pub kind: &'static str,
    /// The label above it.
    pub label: String,
    /// Help below it.
    pub help: Option<String>,
    /// What is wrong with it, in words.
    pub error: Option<String>,
    /// What was typed or is stored.
    pub value: String,
    /// Whether it must be filled.
    pub required: bool,
    /// The `autocomplete` token (HTML, 4.10.18.7.1), such as `email`.
    pub autocomplete: Option<&'static str>,
    /// The most characters it takes.
    pub max_length: Option<u32>,
    /// What can be chosen; turns it into a list for [`Field::kind`] `select`.
    pub choices: Vec<Choice>,
}

impl Field {
    /// A one-line text field with what is in it now.
    pub fn new(name: &'static str, label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name,
            kind: "text",
            label: label.into(),
            value: value.into(),
            ..Self::default()
        }
    }

    /// Sets the `type` of the input; `textarea`, `select` and `checkbox` work too.
    #[must_use]
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// Must be filled.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Sets the help below.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Sets what is wrong.
    #[must_use]
    pub fn error(mut self, text: Option<String>) -> Self {
        self.error = text;
        self
    }

    /// Sets the `autocomplete` token.
    #[must_use]
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = Some(token);
        self
    }

    /// Sets the most characters it takes.
    #[must_use]
    pub fn max_length(mut self, characters: u32) -> Self {
        self.max_length = Some(characters);
        self
    }

    /// Whether one of the choices is none at all.
    pub fn offers_none(&self) -> bool {
        self.choices.iter().any(|choice| choice.value.is_empty())
    }

    /// Sets what can be chosen.
    #[must_use]
    pub fn choices(mut self, choices: Vec<Choice>) -> Self {
        self.choices = choices;
        self
    }
}
