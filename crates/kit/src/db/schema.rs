//! The tables of kit itself; every domain's database has them.

diesel::table! {
    /// Events not yet, or lately, delivered.
    outbox (sequence) {
        /// Order of writing.
        sequence -> BigInt,
        /// The event's id.
        id -> crate::db::sql_types::Key,
        /// The envelope as JSON.
        payload -> Text,
        /// Milliseconds since the epoch.
        occurred_at -> BigInt,
        /// When every consumer had it.
        published_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Which consumer has seen which event.
    inbox (consumer, event_id) {
        /// The consumer's name.
        consumer -> Text,
        /// The event.
        event_id -> crate::db::sql_types::Key,
        /// When.
        consumed_at -> BigInt,
    }
}

diesel::table! {
    /// Events a consumer failed on for good; operators look here.
    parked_events (consumer, event_id) {
        /// The consumer's name.
        consumer -> Text,
        /// The event.
        event_id -> crate::db::sql_types::Key,
        /// The envelope as JSON.
        payload -> Text,
        /// What went wrong.
        error -> Text,
        /// When it was given up.
        parked_at -> BigInt,
        /// Since when it is to be delivered to this consumer again.
        retry_requested_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Failed attempts of consumers at events that they have not given up.
    event_failures (consumer, event_id) {
        /// The consumer's name.
        consumer -> Text,
        /// The event.
        event_id -> crate::db::sql_types::Key,
        /// How many attempts failed, by the consumer's own fault.
        attempts -> Integer,
        /// What went wrong the last time.
        error -> Text,
        /// When the last attempt failed.
        failed_at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(inbox, parked_events, event_failures);

diesel::table! {
    /// Work to do after a commit.
    jobs (id) {
        /// The job.
        id -> crate::db::sql_types::Key,
        /// Which handler does it.
        kind -> Text,
        /// What the handler needs, JSON.
        payload -> Text,
        /// `queued`, `running`, `done` or `failed`.
        state -> Text,
        /// How often it was begun.
        attempts -> Integer,
        /// Not before this time.
        run_at -> BigInt,
        /// The claim that holds it: another one each time it is begun.
        lease_owner -> Nullable<crate::db::sql_types::Key>,
        /// Until when it holds it.
        lease_until -> Nullable<BigInt>,
        /// Why the last attempt failed.
        error -> Nullable<Text>,
        /// When it was to run at first.
        created_at -> BigInt,
        /// When its state last changed.
        updated_at -> BigInt,
        /// Of all with this kind and key, at most one is queued or running.
        unique_key -> Nullable<Text>,
    }
}

diesel::table! {
    /// Stored files that may have to be deleted, see `media::shared`.
    shared_files (key) {
        /// Where the file is stored.
        key -> Text,
        /// Whose file it is.
        domain -> Text,
        /// When the sweep looks at it next; none while it is known to be referenced.
        check_at -> Nullable<BigInt>,
        /// Whether the last look found no reference.
        seen_unreferenced -> Bool,
        /// Set while the file is being deleted.
        deleting_until -> Nullable<BigInt>,
    }
}
