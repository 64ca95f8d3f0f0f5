-- What was sent to webhooks and how it went: for those who ask why something did not arrive. Holds no values of records.

CREATE TABLE deliveries (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants,
    webhook text COLLATE "C" NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    milliseconds int NOT NULL,
    status int,      -- Of the answer; null when there was none.
    error text,      -- Null when it was taken.
    PRIMARY KEY (tenant_id, webhook, number)
);

ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY declared ON deliveries
    USING (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
    WITH CHECK (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]));
GRANT SELECT, INSERT, DELETE ON deliveries TO crm_app;
