//! One declaration for what callers see of an entity: [`view!`](crate::view!).

/// Declares what callers see of an entity: each field once, with its documentation,
/// its type and the value it has in the entity, so that a new column is a decision.
///
/// `View of entity: Entity { field: Type = value, .. }`, where `value` reads the entity
/// by the name given for it.
#[macro_export]
macro_rules! view {
    ($(#[$meta:meta])* $view:ident of $entity:ident: $from:ty {
        $($(#[$field_meta:meta])* $field:ident: $type:ty = $value:expr,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, ::serde::Serialize, ::utoipa::ToSchema)]
        pub struct $view {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl From<$from> for $view {
            fn from($entity: $from) -> Self {
                Self { $($field: $value,)* }
            }
        }
    };
}
