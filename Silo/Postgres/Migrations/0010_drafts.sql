-- What users have written and not saved, each for himself. Sealed under the tenant's key; gone after 14 days without a touch.

CREATE TABLE drafts (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants,
    user_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    field text COLLATE "C" NOT NULL,
    base bigint NOT NULL,          -- The record's version that the writer saw.
    value bytea NOT NULL,          -- Sealed JSON, bound to all of the key.
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind, id, field)
);

ALTER TABLE drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE drafts FORCE ROW LEVEL SECURITY;
CREATE POLICY declared ON drafts
    USING (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
    WITH CHECK (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON drafts TO crm_app;
