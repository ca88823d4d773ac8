CREATE TABLE artists (
    id          UUID PRIMARY KEY NOT NULL,
    owner_id    UUID NOT NULL,
    slug        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    bio         TEXT NOT NULL,
    debut_on    TEXT,
    links       TEXT NOT NULL,
    video_url   TEXT,
    portrait    TEXT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    deleted_at  BIGINT
);
CREATE INDEX artists_by_owner ON artists (owner_id);
CREATE INDEX artists_latest ON artists (created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE artist_genres (
    artist_id  UUID NOT NULL REFERENCES artists (id) ON DELETE CASCADE,
    genre      TEXT NOT NULL,
    position   INTEGER NOT NULL,
    PRIMARY KEY (artist_id, genre)
);
CREATE INDEX artist_genres_by_genre ON artist_genres (genre, artist_id);

CREATE TABLE albums (
    id            UUID PRIMARY KEY NOT NULL,
    artist_id     UUID NOT NULL REFERENCES artists (id) ON DELETE CASCADE,
    slug          TEXT NOT NULL UNIQUE,
    title         TEXT NOT NULL,
    description   TEXT NOT NULL,
    label         TEXT NOT NULL,
    distributor   TEXT NOT NULL,
    released_on   TEXT,
    cover         TEXT,
    published_at  BIGINT,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    deleted_at    BIGINT
);
CREATE INDEX albums_by_artist ON albums (artist_id);
CREATE INDEX albums_latest ON albums (published_at DESC, id DESC) WHERE published_at IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE uploads (
    id            UUID PRIMARY KEY NOT NULL,
    owner_id      UUID NOT NULL,
    size          BIGINT NOT NULL,
    received      BIGINT NOT NULL,
    filename      TEXT NOT NULL,
    content_type  TEXT NOT NULL,
    metadata      TEXT NOT NULL,
    state         TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE INDEX uploads_by_owner ON uploads (owner_id, created_at);
CREATE INDEX uploads_expiring ON uploads (expires_at);

CREATE TABLE tracks (
    id              UUID PRIMARY KEY NOT NULL,
    artist_id       UUID NOT NULL REFERENCES artists (id) ON DELETE CASCADE,
    album_id        UUID REFERENCES albums (id) ON DELETE SET NULL,
    slug            TEXT NOT NULL UNIQUE,
    title           TEXT NOT NULL,
    track_number    INTEGER,
    genre           TEXT NOT NULL,
    lyrics          TEXT NOT NULL,
    downloadable    BOOLEAN NOT NULL,
    status          TEXT NOT NULL,
    publish_when_ready BOOLEAN NOT NULL,
    cover           TEXT,
    duration_ms     BIGINT NOT NULL,
    play_count      BIGINT NOT NULL,
    like_count      BIGINT NOT NULL,
    published_at    BIGINT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    deleted_at      BIGINT
);
CREATE INDEX tracks_latest ON tracks (published_at DESC, id DESC) WHERE status = 'published' AND deleted_at IS NULL;
CREATE INDEX tracks_by_genre ON tracks (genre, published_at DESC, id DESC) WHERE status = 'published' AND deleted_at IS NULL;
CREATE INDEX tracks_by_plays ON tracks (play_count DESC, id DESC) WHERE status = 'published' AND deleted_at IS NULL;
CREATE INDEX tracks_by_artist ON tracks (artist_id, published_at DESC, id DESC);
CREATE INDEX tracks_by_album ON tracks (album_id, track_number);

-- Where a track's processing stands, and what it found in the file.
CREATE TABLE track_files (
    track_id        UUID PRIMARY KEY NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    upload_id       UUID,
    job_id          UUID,
    step            TEXT NOT NULL,
    progress        INTEGER,
    failure_code    TEXT,
    failure         TEXT,
    original_key    TEXT,
    original_name   TEXT NOT NULL,
    original_size   BIGINT NOT NULL,
    format          TEXT,
    mime            TEXT,
    extension       TEXT,
    lossless        BOOLEAN,
    sample_rate     INTEGER,
    channels        INTEGER,
    bit_depth       INTEGER,
    loudness_lufs   DOUBLE PRECISION,
    true_peak_dbtp  DOUBLE PRECISION,
    peaks           BYTEA,
    warnings        TEXT NOT NULL,
    download_key    TEXT,
    download_mark   TEXT,
    updated_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX track_files_by_upload ON track_files (upload_id);
CREATE INDEX track_files_by_original ON track_files (original_key);
CREATE INDEX track_files_changed ON track_files (updated_at);

CREATE TABLE renditions (
    track_id  UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    key       TEXT NOT NULL,
    hash      TEXT NOT NULL,
    mime      TEXT NOT NULL,
    size      BIGINT NOT NULL,
    PRIMARY KEY (track_id, kind)
);
CREATE INDEX renditions_by_key ON renditions (key);

CREATE TABLE likes (
    user_id   UUID NOT NULL,
    track_id  UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    liked_at  BIGINT NOT NULL,
    PRIMARY KEY (user_id, track_id)
);
CREATE INDEX likes_latest ON likes (user_id, liked_at DESC, track_id DESC);
CREATE INDEX likes_by_track ON likes (track_id);

CREATE TABLE plays (
    id         UUID PRIMARY KEY NOT NULL,
    track_id   UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    listener   TEXT NOT NULL,
    user_id    UUID,
    seconds    INTEGER NOT NULL,
    played_at  BIGINT NOT NULL
);
CREATE INDEX plays_by_track ON plays (track_id, played_at);
CREATE INDEX plays_by_listener ON plays (listener, track_id, played_at);
CREATE INDEX plays_by_user ON plays (user_id);

-- Counted from events; one row a track and day (UTC, days since 1970).
CREATE TABLE track_days (
    track_id  UUID NOT NULL,
    day       INTEGER NOT NULL,
    plays     BIGINT NOT NULL,
    likes     BIGINT NOT NULL,
    PRIMARY KEY (track_id, day)
);

-- What search looks through: names folded to letters (Hangul to jamo), so that
-- part of a word and part of a syllable are found by plain LIKE.
CREATE TABLE search_entries (
    row_id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      TEXT NOT NULL,
    id        UUID NOT NULL,
    artist_id UUID NOT NULL,
    weight    BIGINT NOT NULL,
    text      TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX search_index ON search_entries USING gin (text gin_trgm_ops);
