//! One declaration for what people write about an entity: [`draft!`](crate::draft!).

use serde::{Deserialize, Deserializer};

use crate::problem::Invalid;

/// A stored or received value in the form in which people write it.
pub trait Written<Raw> {
    /// The value as it would be written.
    fn written(&self) -> Raw;
}

impl<T: Clone> Written<T> for T {
    fn written(&self) -> T {
        self.clone()
    }
}

/// In a form, no value is an empty text.
impl Written<String> for Option<String> {
    fn written(&self) -> String {
        self.clone().unwrap_or_default()
    }
}

/// The check of a field that may hold anything of its type.
pub fn anything<T: Clone>(given: &T) -> Result<T, Invalid> {
    Ok(given.clone())
}

/// Reads a text of a patch, where `null` takes the value away as an empty text does.
pub fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(
        Option::<String>::deserialize(deserializer)?.unwrap_or_default(),
    ))
}

/// Reads a field of a patch that may be left away (`None`), taken away
/// (`Some(None)`), or set.
pub fn maybe<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Declares the writable fields of an entity once, and makes of them
///
/// - the *draft*: every field as people write it, not yet checked;
/// - the *create* and *update* bodies of the API, each field with its documentation
///   and attributes; in `update`, a field that is left away stays as it is;
/// - the *checked* values, which derive what their attributes say (for columns of a
///   table: `Queryable`, `Selectable`, `Insertable`);
/// - the *changes* between two of them, which derive `AsChangeset`, so that an update
///   writes only the columns that differ.
///
/// `name: Raw = check => Value { .. }` has the type of the draft, a function from
/// `&Raw` to `Result<Value, Invalid>`, and the checked type. The fields under `apart`
/// are in the draft and the bodies, but not among the checked values.
///
/// The draft has `check`, which reports every wrong field at once; the update has
/// `apply`, which writes its fields into a draft; the checked values have `since`,
/// which finds the changes; `From` makes a draft of a create body and of checked
/// values.
#[macro_export]
macro_rules! draft {
    (
        $(#[$draft_meta:meta])* draft $draft:ident;
        $(#[$create_meta:meta])* create $create:ident {
            $($(#[$only_meta:meta])* $only:ident: $only_type:ty,)*
        }
        $(#[$update_meta:meta])* update $update:ident;
        $(#[$checked_meta:meta])* checked $checked:ident;
        $(#[$changes_meta:meta])* changes $changes:ident;
        fields {$(
            $field:ident: $raw:ty = $check:path => $value:ty {
                $(#[$c_meta:meta])* create: $c_type:ty,
                $(#[$u_meta:meta])* update: $u_type:ty,
            }
        )*}
        apart {$(
            $apart:ident: $apart_raw:ty {
                $(#[$ac_meta:meta])* create: $ac_type:ty,
                $(#[$au_meta:meta])* update: $au_type:ty,
            }
        )*}
    ) => {
        $(#[$draft_meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $draft {
            $(#[doc = concat!("See [`", stringify!($create), "::", stringify!($field), "`].")]
            pub $field: $raw,)*
            $(#[doc = concat!("See [`", stringify!($create), "::", stringify!($apart), "`].")]
            pub $apart: $apart_raw,)*
        }

        $(#[$create_meta])*
        #[derive(Debug, ::serde::Deserialize, ::utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $create {
            $($(#[$only_meta])* pub $only: $only_type,)*
            $($(#[$c_meta])* pub $field: $c_type,)*
            $($(#[$ac_meta])* pub $apart: $ac_type,)*
        }

        $(#[$update_meta])*
        #[derive(Clone, Debug, Default, ::serde::Deserialize, ::utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $update {
            $($(#[$u_meta])* pub $field: Option<$u_type>,)*
            $($(#[$au_meta])* pub $apart: Option<$au_type>,)*
        }

        $(#[$checked_meta])*
        pub struct $checked {
            $(#[doc = concat!("See [`", stringify!($create), "::", stringify!($field), "`].")]
            pub $field: $value,)*
        }

        $(#[$changes_meta])*
        pub struct $changes {
            $(#[doc = concat!("See [`", stringify!($create), "::", stringify!($field), "`].")]
            pub $field: Option<$value>,)*
        }

        impl $checked {
            /// The fields that differ from what they were `before`.
            pub fn since(&self, before: &Self) -> $changes {
                $changes {
                    $($field: (self.$field != before.$field).then(|| self.$field.clone()),)*
                }
            }
        }

        impl $draft {
            /// The values, or everything that is wrong with them; `checks` has what
            /// was found before.
            pub fn check(
                &self,
                mut checks: $crate::problem::Checks,
            ) -> Result<$checked, $crate::Problem> {
                $(let $field = checks.take(stringify!($field), $check(&self.$field));)*
                let all = (|| Some($checked { $($field: $field?,)* }))();
                checks.finish(all)
            }
        }

        impl $update {
            /// Writes what is given into the draft; the rest of it stays.
            pub fn apply(&self, draft: &mut $draft) {
                $(if let Some(given) = &self.$field {
                    draft.$field = $crate::draft::Written::written(given);
                })*
                $(if let Some(given) = &self.$apart {
                    draft.$apart = $crate::draft::Written::written(given);
                })*
            }
        }

        impl From<&$create> for $draft {
            fn from(body: &$create) -> Self {
                Self {
                    $($field: $crate::draft::Written::written(&body.$field),)*
                    $($apart: $crate::draft::Written::written(&body.$apart),)*
                }
            }
        }

        impl From<&$checked> for $draft {
            fn from(values: &$checked) -> Self {
                Self {
                    $($field: $crate::draft::Written::written(&values.$field),)*
                    $($apart: Default::default(),)*
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Checks;
    use crate::text;

    fn title(given: &str) -> Result<String, Invalid> {
        text::line(given, 5)
    }

    fn subtitle(given: &str) -> Result<Option<String>, Invalid> {
        let line = text::clean_line(given);
        Ok((!line.is_empty()).then_some(line))
    }

    crate::draft! {
        /// A book as it was written.
        draft BookDraft;
        /// A new book.
        create CreateBook {}
        /// What of a book changes.
        update UpdateBook;
        /// A book that was checked.
        #[derive(Debug, PartialEq, Eq)]
        checked BookText;
        /// The fields of a book that changed.
        #[derive(Debug, PartialEq, Eq)]
        changes BookChanges;

        fields {
            title: String = title => String {
                /// Its title.
                create: String,
                /// Its title.
                update: String,
            }
            subtitle: String = subtitle => Option<String> {
                /// More of it.
                #[serde(default)]
                create: Option<String>,
                /// More of it.
                #[serde(default, deserialize_with = "or_empty")]
                update: String,
            }
        }
        apart {
            pages: Option<i32> {
                /// How many.
                #[serde(default)]
                create: Option<i32>,
                /// How many.
                #[serde(default, deserialize_with = "maybe")]
                update: Option<i32>,
            }
        }
    }

    fn draft() -> BookDraft {
        let created = r#"{"title": "Moby", "subtitle": "The Whale", "pages": 635}"#;
        BookDraft::from(&serde_json::from_str::<CreateBook>(created).expect("a body"))
    }

    fn updated(body: &str) -> BookDraft {
        let mut draft = draft();
        let update: UpdateBook = serde_json::from_str(body).expect("a body");
        update.apply(&mut draft);
        draft
    }

    #[test]
    fn what_is_left_away_stays_and_null_takes_away() {
        assert_eq!(updated("{}"), draft());
        let updated = updated(r#"{"subtitle": null, "pages": null}"#);
        assert_eq!((updated.title.as_str(), updated.pages), ("Moby", None));
        let text = updated.check(Checks::new()).expect("right");
        assert_eq!(text.subtitle, None);
        assert_eq!(BookDraft::from(&text), updated);
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let text = |body: &str| updated(body).check(Checks::new()).expect("right");
        let changes = text(r#"{"title": "Moby", "subtitle": null}"#).since(&text("{}"));
        assert_eq!((changes.title, changes.subtitle), (None, Some(None)));
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(serde_json::from_str::<UpdateBook>(r#"{"titel": "x"}"#).is_err());
        assert!(serde_json::from_str::<CreateBook>(r#"{"title": "x", "isbn": 1}"#).is_err());
    }

    #[test]
    fn every_wrong_field_is_reported_with_what_was_wrong_before() {
        let mut checks = Checks::new();
        checks.note("slug", &Invalid::new("taken", "Taken."));
        let wrong = updated(r#"{"title": "too long"}"#).check(checks);
        let wrong = wrong.expect_err("two fields are wrong");
        assert!(wrong.error_of("slug").is_some());
        assert!(wrong.error_of("title").is_some());
    }
}
