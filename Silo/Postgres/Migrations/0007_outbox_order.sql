-- What one reaction must hear of one record comes in order: a row waits while an earlier one of the same record and reaction is being worked on or waits
-- for its next try. Claims look along the order of rows, so the index by due time has no reader any more.

CREATE INDEX outbox_order ON outbox (seq) WHERE parked_at IS NULL;
CREATE INDEX outbox_lines ON outbox (tenant_id, kind, id, reaction, seq) WHERE parked_at IS NULL;
DROP INDEX outbox_due;
