-- A token for programs is a session too: it ends, expires and is looked up as one. It has a name and a secret, and can do no more than its scope.
ALTER TABLE sessions
    ADD COLUMN agent text,   -- What signed in, as the browser says it of itself, so that somebody knows his own; null for unknown.
    ADD COLUMN name text,    -- Of a token; null for a sign-in.
    ADD COLUMN scope text[], -- Permissions that a token is held to; null for a sign-in.
    ADD COLUMN secret bytea, -- SHA-256 of a token's text.
    ADD CONSTRAINT sessions_token CHECK ((name IS NULL) = (scope IS NULL) AND (name IS NULL) = (secret IS NULL));

CREATE UNIQUE INDEX sessions_secret ON sessions (tenant_id, secret) WHERE secret IS NOT NULL;
