-- Where the silos of a cluster find each other (CRM_CLUSTERING=postgres). Orleans reads its statements from orleansquery by their keys; the names
-- and types of their parameters and columns, and that a first column other than 0 means yes, are its contract (extended membership protocol).
-- Everything else here is ours. No tenant's data.

CREATE TABLE silo_tables (
    cluster text COLLATE "C" PRIMARY KEY,
    changed_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 0
);

CREATE TABLE silos (
    cluster text COLLATE "C" NOT NULL REFERENCES silo_tables,
    address text COLLATE "C" NOT NULL,
    port int NOT NULL,
    generation int NOT NULL,
    silo_name text NOT NULL,
    host_name text NOT NULL,
    status int NOT NULL,
    proxy_port int,
    suspect_times text,
    start_time timestamptz NOT NULL,
    alive_at timestamptz NOT NULL,
    PRIMARY KEY (cluster, address, port, generation)
);

CREATE TABLE orleansquery (
    querykey varchar(64) PRIMARY KEY,
    querytext varchar(8000) NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON silo_tables, silos TO crm_app;
GRANT SELECT ON orleansquery TO crm_app;

INSERT INTO orleansquery (querykey, querytext) VALUES
('InsertMembershipVersionKey', '
WITH made AS (INSERT INTO silo_tables (cluster) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
SELECT count(*)::int FROM made'),

-- Every change of a row goes with the next version of the table, so of two that read the same version one is refused.
('InsertMembershipKey', '
WITH next AS (
    UPDATE silo_tables SET version = version + 1, changed_at = now()
    WHERE cluster = @DeploymentId AND version = @Version AND NOT EXISTS (
        SELECT FROM silos WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING cluster),
made AS (
    INSERT INTO silos (cluster, address, port, generation, silo_name, host_name, status, proxy_port, start_time, alive_at)
    SELECT cluster, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM next
    RETURNING 1)
SELECT count(*)::int FROM made'),

('UpdateMembershipKey', '
WITH next AS (
    UPDATE silo_tables SET version = version + 1, changed_at = now()
    WHERE cluster = @DeploymentId AND version = @Version AND EXISTS (
        SELECT FROM silos WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING cluster),
changed AS (
    UPDATE silos s SET status = @Status, suspect_times = @SuspectTimes, alive_at = @IAmAliveTime
    FROM next WHERE s.cluster = next.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    RETURNING 1)
SELECT count(*)::int FROM changed'),

('UpdateIAmAlivetimeKey', '
UPDATE silos SET alive_at = @IAmAliveTime
WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation'),

('MembershipReadRowKey', '
SELECT t.cluster AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName, s.host_name AS HostName,
    s.status AS Status, s.proxy_port AS ProxyPort, s.suspect_times AS SuspectTimes, s.start_time AS StartTime, s.alive_at AS IAmAliveTime, t.version AS Version
FROM silo_tables t
LEFT JOIN silos s ON s.cluster = t.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
WHERE t.cluster = @DeploymentId'),

('MembershipReadAllKey', '
SELECT t.cluster AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName, s.host_name AS HostName,
    s.status AS Status, s.proxy_port AS ProxyPort, s.suspect_times AS SuspectTimes, s.start_time AS StartTime, s.alive_at AS IAmAliveTime, t.version AS Version
FROM silo_tables t LEFT JOIN silos s ON s.cluster = t.cluster
WHERE t.cluster = @DeploymentId'),

-- 3 is a silo that serves.
('CleanupDefunctSiloEntriesKey', '
DELETE FROM silos WHERE cluster = @DeploymentId AND alive_at < @IAmAliveTime AND status <> 3'),

('DeleteMembershipTableEntriesKey', '
WITH gone AS (DELETE FROM silos WHERE cluster = @DeploymentId)
DELETE FROM silo_tables WHERE cluster = @DeploymentId'),

('GatewaysQueryKey', '
SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation FROM silos
WHERE cluster = @DeploymentId AND status = @Status AND proxy_port > 0');
