CREATE TABLE shared_files (
    key               TEXT PRIMARY KEY NOT NULL,
    domain            TEXT NOT NULL,
    check_at          BIGINT,
    seen_unreferenced BOOLEAN NOT NULL DEFAULT FALSE,
    deleting_until    BIGINT
);
CREATE INDEX shared_files_due ON shared_files (domain, check_at) WHERE check_at IS NOT NULL;
