-- A hash of the network that a play without an account came from, so that one network
-- counts only so many. Removed after a day.
ALTER TABLE plays ADD COLUMN network TEXT;
CREATE INDEX plays_network ON plays (network, played_at) WHERE network IS NOT NULL;
