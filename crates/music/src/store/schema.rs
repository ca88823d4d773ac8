//! The tables of this domain, as diesel sees them.

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    artists (id) {
        id -> Key,
        owner_id -> Key,
        slug -> Text,
        name -> Text,
        bio -> Text,
        debut_on -> Nullable<Text>,
        links -> Text,
        video_url -> Nullable<Text>,
        portrait -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    artist_genres (artist_id, genre) {
        artist_id -> Key,
        genre -> Text,
        position -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    albums (id) {
        id -> Key,
        artist_id -> Key,
        slug -> Text,
        title -> Text,
        description -> Text,
        label -> Text,
        distributor -> Text,
        released_on -> Nullable<Text>,
        cover -> Nullable<Text>,
        published_at -> Nullable<BigInt>,
        first_published_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    uploads (id) {
        id -> Key,
        owner_id -> Key,
        size -> BigInt,
        received -> BigInt,
        filename -> Text,
        content_type -> Text,
        metadata -> Text,
        state -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    upload_pieces (upload_id, start) {
        upload_id -> Key,
        start -> BigInt,
        size -> BigInt,
        key -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    tracks (id) {
        id -> Key,
        artist_id -> Key,
        album_id -> Nullable<Key>,
        slug -> Text,
        title -> Text,
        track_number -> Nullable<Integer>,
        genre -> Text,
        lyrics -> Text,
        downloadable -> Bool,
        status -> Text,
        publish_when_ready -> Bool,
        cover -> Nullable<Text>,
        duration_ms -> BigInt,
        play_count -> BigInt,
        like_count -> BigInt,
        published_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    track_files (track_id) {
        track_id -> Key,
        upload_id -> Nullable<Key>,
        job_id -> Nullable<Key>,
        step -> Text,
        progress -> Nullable<Integer>,
        failure_code -> Nullable<Text>,
        failure -> Nullable<Text>,
        original_key -> Nullable<Text>,
        original_name -> Text,
        original_size -> BigInt,
        format -> Nullable<Text>,
        mime -> Nullable<Text>,
        extension -> Nullable<Text>,
        lossless -> Nullable<Bool>,
        sample_rate -> Nullable<Integer>,
        channels -> Nullable<Integer>,
        bit_depth -> Nullable<Integer>,
        loudness_lufs -> Nullable<Double>,
        true_peak_dbtp -> Nullable<Double>,
        peaks -> Nullable<Binary>,
        warnings -> Text,
        download_key -> Nullable<Text>,
        download_mark -> Nullable<Text>,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    renditions (track_id, kind) {
        track_id -> Key,
        kind -> Text,
        key -> Text,
        hash -> Text,
        mime -> Text,
        size -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    likes (user_id, track_id) {
        user_id -> Key,
        track_id -> Key,
        liked_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    plays (id) {
        id -> Key,
        track_id -> Key,
        listener -> Text,
        user_id -> Nullable<Key>,
        seconds -> Integer,
        played_at -> BigInt,
        network -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    track_days (track_id, day) {
        track_id -> Key,
        day -> Integer,
        plays -> BigInt,
        likes -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use wing_kit::db::sql_types::Key;

    search_entries (row_id) {
        row_id -> BigInt,
        kind -> Text,
        id -> Key,
        artist_id -> Key,
        weight -> BigInt,
        text -> Text,
    }
}

diesel::joinable!(artist_genres -> artists (artist_id));
diesel::joinable!(albums -> artists (artist_id));
diesel::joinable!(tracks -> artists (artist_id));
diesel::joinable!(tracks -> albums (album_id));
diesel::joinable!(track_files -> tracks (track_id));
diesel::joinable!(renditions -> tracks (track_id));
diesel::joinable!(likes -> tracks (track_id));
diesel::joinable!(plays -> tracks (track_id));
diesel::joinable!(upload_pieces -> uploads (upload_id));
diesel::allow_tables_to_appear_in_same_query!(
    artists,
    artist_genres,
    albums,
    tracks,
    track_files,
    renditions,
    likes,
    plays,
    uploads,
    upload_pieces,
    track_days,
    search_entries,
);
