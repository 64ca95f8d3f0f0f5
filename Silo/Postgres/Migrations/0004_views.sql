-- Rows of views (projections). Each follows from changes and can be rebuilt: empty the view's rows and fold the journal again.

CREATE TABLE views (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants,
    view text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (tenant_id, view, key)
);

ALTER TABLE views ENABLE ROW LEVEL SECURITY;
ALTER TABLE views FORCE ROW LEVEL SECURITY;
CREATE POLICY declared ON views
    USING (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
    WITH CHECK (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]));

GRANT SELECT, INSERT, UPDATE ON views TO crm_app;
