-- Failed and running attempts to prove something, and mails asked for: one row each, while it counts.
CREATE TABLE attempts (
    id       TEXT NOT NULL CONSTRAINT attempts__id PRIMARY KEY,
    kind     TEXT NOT NULL CHECK (kind IN ('password', 'otp', 'otp_mail', 'reset_mail', 'change_mail')),
    -- An email address (known or not), or a user id for codes and changes of address.
    subject  TEXT NOT NULL,
    address  TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX attempts__kind__subject__at ON attempts (kind, subject, at);
CREATE INDEX attempts__at ON attempts (at);

-- Anonymous requests an address has been granted in the current window.
CREATE TABLE address_windows (
    address       TEXT NOT NULL CONSTRAINT address_windows__address PRIMARY KEY,
    window_start  INTEGER NOT NULL,
    granted       INTEGER NOT NULL
) STRICT;
CREATE INDEX address_windows__window_start ON address_windows (window_start);
