-- What arrived of an upload, where media is kept in an object store.
CREATE TABLE upload_pieces (
    upload_id  UUID NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    start      BIGINT NOT NULL,
    size       BIGINT NOT NULL,
    key        TEXT NOT NULL,
    PRIMARY KEY (upload_id, start)
);
