-- Passwords given in a session to confirm something, since one was right.
ALTER TABLE sessions ADD COLUMN confirmations INTEGER NOT NULL DEFAULT 0;
