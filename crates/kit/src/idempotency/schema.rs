//! The table behind [`Idempotency`](super::Idempotency).

diesel::table! {
    /// Keys under which something was asked for, and what was answered.
    idempotency_keys (id) {
        /// The claim: another one once a second process has taken it over.
        id -> crate::db::sql_types::Key,
        /// Who asked, such as `user:` and an account's id.
        caller -> Text,
        /// What was asked for.
        operation -> Text,
        /// The caller's key.
        key -> Text,
        /// SHA-256 of the request.
        fingerprint -> Binary,
        /// Until when the claim is its holder's alone, in milliseconds since
        /// the epoch; means nothing once there is an answer.
        lease_until -> BigInt,
        /// When the work began.
        created_at -> BigInt,
        /// The answer's HTTP status; `NULL` while the work runs.
        status -> Nullable<Integer>,
        /// The answer's `Content-Type`.
        content_type -> Nullable<Text>,
        /// The answer's `Location`.
        location -> Nullable<Text>,
        /// The answer's body.
        body -> Nullable<Binary>,
    }
}
