-- What proves who somebody is. Users themselves are records; nothing here is in a record, the journal or a log.

-- Finds the tenant and user of an address before any tenant is known. Holds no address, only its HMAC under a key that follows from the master key.
CREATE TABLE logins (
    email_hmac bytea NOT NULL,
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants,
    user_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (email_hmac, tenant_id) -- One user an address and tenant.
);

CREATE INDEX logins_of_user ON logins (tenant_id, user_id);

-- bcrypt over an HMAC of the password, so that neither a statement nor a copy of this table says anything without the master key.
CREATE TABLE credentials (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants,
    user_id text COLLATE "C" NOT NULL,
    hash text NOT NULL CHECK (hash LIKE '$2a$%'), -- pgcrypto takes other prefixes for DES.
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);

-- One sign-in until it ends: the family of its refresh tokens.
CREATE TABLE sessions (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants,
    id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    epoch bigint NOT NULL,        -- The user's when it began: a higher one ends it.
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL, -- To some minutes.
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX sessions_of_user ON sessions (tenant_id, user_id);
CREATE INDEX sessions_expired ON sessions (tenant_id, expires_at);

-- Each works once. A used one stays until it expires, so that its second use is noticed.
CREATE TABLE refresh_tokens (
    tenant_id text COLLATE "C" NOT NULL,
    hash bytea NOT NULL,          -- SHA-256 of the token.
    session_id text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, session_id) REFERENCES sessions ON DELETE CASCADE
);

CREATE INDEX refresh_tokens_of_session ON refresh_tokens (tenant_id, session_id);

-- Sign access tokens of every tenant. The private key is sealed under a key that follows from the master key.
CREATE TABLE signing_keys (
    kid text COLLATE "C" PRIMARY KEY,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- Failed sign-ins by account and by remote address, as HMACs: an address that nobody has counts like any other.
CREATE TABLE sign_in_tries (
    key bytea PRIMARY KEY,
    most int NOT NULL,            -- So many failures in the window lock.
    failures int NOT NULL,
    since timestamptz NOT NULL,   -- When the window began.
    locks int NOT NULL,           -- How often it was locked lately: each lasts twice as long as the one before.
    locked_until timestamptz,
    blocked boolean NOT NULL,     -- Whether the last try was turned away.
    tried_at timestamptz NOT NULL
);

CREATE INDEX sign_in_tries_old ON sign_in_tries (tried_at);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['logins', 'credentials', 'sessions', 'refresh_tokens'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($policy$
            CREATE POLICY declared ON %I
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
            WITH CHECK (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
            $policy$, name);
    END LOOP;
END $$;

-- Signing in is what finds the tenant.
CREATE POLICY lookup ON logins FOR SELECT USING (true);

GRANT SELECT, INSERT, DELETE ON logins TO crm_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON credentials, sessions, refresh_tokens TO crm_app;
GRANT SELECT, INSERT, DELETE ON signing_keys TO crm_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_tries TO crm_app;
