diesel::table! {
    users (id) {
        id -> wing_kit::db::sql_types::Key,
        email -> Text,
        display_name -> Text,
        role -> Text,
        password_hash -> Text,
        picture -> Nullable<Text>,
        status -> Text,
        token_version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> wing_kit::db::sql_types::Key,
        user_id -> wing_kit::db::sql_types::Key,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        user_agent -> Text,
        confirmations -> Integer,
    }
}

diesel::table! {
    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> wing_kit::db::sql_types::Key,
        created_at -> BigInt,
        rotated_at -> Nullable<BigInt>,
        expires_at -> BigInt,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(users, sessions, refresh_tokens);
