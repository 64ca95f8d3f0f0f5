-- The journal, its read model, and what keeps tenants apart.
--
-- Every statement of the application runs as crm_app inside a transaction that has declared its tenants:
--   SELECT set_config('crm.tenants', 'acme,globex', true)
-- One group commit spans tenants, so the policies check against a set. Nothing declared: no row is seen and none can be written.
-- The declared set stands in a sub-select, so that it is computed once per statement and can bound an index scan.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Roles belong to the whole server: another database of it may have made this one, or be making it now. The password comes later.
DO $$
BEGIN
    CREATE ROLE crm_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO crm_app;

-- The register of tenants. Workers and sign-in must know which tenants there are before they can declare them, so every id can be read.
CREATE TABLE tenants (
    tenant_id text COLLATE "C" PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'), -- No comma: crm.tenants is separated by it.
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- The tenant's key, sealed under the master key.
CREATE TABLE tenant_keys (
    tenant_id text COLLATE "C" PRIMARY KEY REFERENCES tenants,
    wrapped bytea NOT NULL
);

-- One key per record, which is one data subject, sealed under the tenant's key. To erase somebody is to set this one row's key to null:
-- the chain over the ciphertext still verifies. A key serves from a version on, so that an erased record may live on under a new one.
CREATE TABLE subject_keys (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    since bigint NOT NULL CHECK (since > 0),
    wrapped bytea,
    destroyed_at timestamptz,
    PRIMARY KEY (tenant_id, kind, id, since),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- The truth. Rows are added and never touched again: crm_app may not.
CREATE TABLE changes (
    tenant_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    at timestamptz NOT NULL,
    by_user text NOT NULL,
    type text NOT NULL,
    fields json NOT NULL,     -- name: {from, to}; name: null where the values are sealed. json and not jsonb: the hash is over this very text.
    sealed bytea,             -- The personal fields under the subject's key; null when there are none.
    hash bytea NOT NULL,      -- SHA-256 over the hash before and this row; see ChangeCodec.
    PRIMARY KEY (tenant_id, kind, id, version)
);

-- The head of each record, and what lists read. Follows from changes and can be rebuilt.
CREATE TABLE records (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    deleted boolean NOT NULL,
    title text COLLATE "C" NOT NULL,   -- Folded, for sorting.
    search text COLLATE "C" NOT NULL,  -- Folded words with a blank at both ends.
    terms int4[] NOT NULL,             -- Hashes, salted with tenant and kind: near words, facets, identity keys.
    fields jsonb NOT NULL,             -- Flat: {"name": "Ada", "custom.budget": 12}.
    head_hash bytea NOT NULL,          -- Of the change that made this version.
    PRIMARY KEY (tenant_id, kind, id)
);

CREATE INDEX records_by_title ON records (tenant_id, kind, title, id) WHERE NOT deleted;
CREATE INDEX records_by_update ON records (tenant_id, kind, updated_at, id) WHERE NOT deleted;
CREATE INDEX records_terms ON records USING gin (terms);
CREATE INDEX records_search ON records USING gin (search gin_trgm_ops);

-- What each command was answered, so that a repetition gets the same and has no second effect, however late it comes.
CREATE TABLE answers (
    tenant_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    command_id uuid NOT NULL,
    body_hash bytea NOT NULL,
    status smallint NOT NULL,
    version bigint NOT NULL,
    errors json,              -- Null when there are none.
    sealed bytea,             -- Conflicts, which carry values of fields, under the subject's key.
    PRIMARY KEY (tenant_id, kind, id, user_id, command_id)
);

-- What processes must still hear of. Keys only: what happened is read from the journal.
CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    reaction text NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    attempts int NOT NULL DEFAULT 0,
    claimed_until timestamptz,  -- A claim that is neither completed nor retried ends by itself: its worker died.
    parked_at timestamptz,      -- A dead letter, until somebody replays it.
    error text,
    PRIMARY KEY (tenant_id, seq)
);

CREATE INDEX outbox_due ON outbox (due_at, seq) WHERE parked_at IS NULL;
CREATE INDEX outbox_parked ON outbox (tenant_id, parked_at) WHERE parked_at IS NOT NULL;

-- Fails the transaction, from inside the batch that writes, when a write did not find the versions that it continues.
-- Runs with the caller's rights. 'CRM01' is told apart from faults by the writer.
CREATE FUNCTION fence(met bigint, expected bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF met <> expected THEN
        RAISE EXCEPTION 'found % of % records at the version to continue', met, expected USING ERRCODE = 'CRM01';
    END IF;
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenant_keys', 'subject_keys', 'changes', 'records', 'answers', 'outbox'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name); -- The owner too.
        EXECUTE format($policy$
            CREATE POLICY declared ON %I
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
            WITH CHECK (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
            $policy$, name);
    END LOOP;
END $$;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY register ON tenants FOR SELECT USING (true);
CREATE POLICY declared ON tenants FOR INSERT
    WITH CHECK (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]));

GRANT SELECT, INSERT ON tenants, tenant_keys, changes, answers TO crm_app;
GRANT SELECT, INSERT, UPDATE ON records TO crm_app;
GRANT SELECT, INSERT, UPDATE (wrapped, destroyed_at) ON subject_keys TO crm_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO crm_app;
