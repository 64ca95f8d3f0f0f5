-- Feeds, timelines and the audit read the change log along time and along people; what happens beside records is kept in a chain of its own.

CREATE INDEX changes_by_time ON changes (tenant_id, at);
CREATE INDEX changes_by_person ON changes (tenant_id, by_user, at);

-- Sign-ins, refusals, exports. One chain for each tenant, numbered without a gap; crm_app adds and never alters.
-- What no tenant can be found for (an address that nobody has) stands under '-', which no tenant can be called.
CREATE TABLE security_events (
    tenant_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    at timestamptz NOT NULL,
    type text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,  -- Who it is about; empty when that is not known.
    detail json NOT NULL,               -- Texts by name; nothing personal. json and not jsonb: the hash is over this very text.
    sealed bytea,                       -- Where it came from, under the tenant's key; null when there is nothing to seal.
    hash bytea NOT NULL,                -- SHA-256 over the hash before and this row; see SecurityCodec.
    PRIMARY KEY (tenant_id, number)
);

CREATE INDEX security_events_by_time ON security_events (tenant_id, at, number);

-- Where each chain ends. Its row is the turn of whoever adds to it.
CREATE TABLE security_heads (
    tenant_id text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL
);

-- What stood at an instant: for the records that had changed, the version of each. The digest over their hashes also goes to a file outside the database.
CREATE TABLE anchors (
    tenant_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    at timestamptz NOT NULL,
    records bytea NOT NULL,             -- Kind, id and version of each, in order; see AnchorCodec.
    security bigint NOT NULL,           -- The number that the chain of security events had reached.
    hash bytea NOT NULL,                -- SHA-256 over the hash before, all of this, the records' hashes and that of the last security event.
    PRIMARY KEY (tenant_id, number)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['security_events', 'security_heads', 'anchors'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($policy$
            CREATE POLICY declared ON %I
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
            WITH CHECK (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
            $policy$, name);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON security_events, anchors TO crm_app;
GRANT SELECT, INSERT, UPDATE ON security_heads TO crm_app;

-- Erasing a subject takes with it what others, or he himself, had begun to write and not saved. Whoever erases cannot forget it.
CREATE FUNCTION forget_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM drafts WHERE tenant_id = NEW.tenant_id AND kind = NEW.kind AND id = NEW.id;
    IF NEW.kind = 'users' THEN
        DELETE FROM drafts WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER forget_drafts AFTER UPDATE OF wrapped ON subject_keys
    FOR EACH ROW WHEN (OLD.wrapped IS NOT NULL AND NEW.wrapped IS NULL) EXECUTE FUNCTION forget_drafts();
