CREATE TABLE idempotency_keys (
    id           BLOB PRIMARY KEY NOT NULL,
    caller       TEXT NOT NULL,
    operation    TEXT NOT NULL,
    key          TEXT NOT NULL,
    fingerprint  BLOB NOT NULL,
    lease_until  BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    status       INTEGER,
    content_type TEXT,
    location     TEXT,
    body         BLOB,
    UNIQUE (caller, operation, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
