-- What must happen later: a row until it has. The letters that wait for a mail server are here too.

CREATE TABLE timers (
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants,
    bell text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,   -- By the clock of the node that set it.
    about json,                    -- Keys only, no values.
    attempts int NOT NULL DEFAULT 0,
    claimed_until timestamptz,     -- A claim that is not ended ends by itself: its worker died.
    parked_at timestamptz,         -- Nobody tries it any more, until somebody sets it again.
    error text,
    PRIMARY KEY (tenant_id, bell, key)
);

CREATE INDEX timers_due ON timers (due_at) WHERE parked_at IS NULL;

ALTER TABLE timers ENABLE ROW LEVEL SECURITY;
ALTER TABLE timers FORCE ROW LEVEL SECURITY;
CREATE POLICY declared ON timers
    USING (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]))
    WITH CHECK (tenant_id = ANY ((SELECT string_to_array(current_setting('crm.tenants', true), ','))::text[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON timers TO crm_app;
