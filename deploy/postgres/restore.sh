#!/bin/sh
# The drill, and the real thing: restore.sh FOLDER [TIME]. Restores the newest base backup (the newest before TIME, such as "2026-11-21 10:00:00+00")
# into FOLDER, replays the archived log to its end (or to TIME), starts a PostgreSQL of its own on a socket there, checks what came out, stops it.
# FOLDER/data is then a whole data folder. Nothing else is touched: run it every week, on another machine than the database's.
set -eu
[ "$(id -u)" != 0 ] || { echo "restore: PostgreSQL refuses root: run this as another user, such as postgres" >&2; exit 2; }
root=${CRM_ARCHIVE:-/archive}
folder=${1:?restore.sh FOLDER [TIME]}
until=${2:-}
data=$folder/data
[ ! -e "$data" ] || { echo "restore: $data exists already" >&2; exit 2; }
base=
for each in $(find "$root/base" -mindepth 1 -maxdepth 1 ! -name '.*' | sort); do
  [ -n "$until" ] && [ "$(date -u -d "$until" +%Y%m%dT%H%M%SZ)" \< "$(basename "$each")" ] || base=$each
done
[ -n "$base" ] || { echo "restore: there is no base backup${until:+ from before $until} in $root/base" >&2; exit 1; }

began=$(date +%s)
mkdir -p "$data"
chmod 700 "$data"
cp -a "$base/." "$data/"
{
  echo "restore_command = 'cp \"$root/wal/%f\" \"%p\"'"
  echo "recovery_target_action = 'promote'"
  [ -z "$until" ] || echo "recovery_target_time = '$until'"
  echo "archive_mode = off"
  echo "listen_addresses = ''"
  echo "unix_socket_directories = '$folder'"
  echo "hba_file = '$folder/hba.conf'"
} >>"$data/postgresql.auto.conf"
echo "local all all trust" >"$folder/hba.conf" # The folder is ours, and so is the socket in it.
chmod 700 "$folder"
touch "$data/recovery.signal"
pg_ctl --pgdata "$data" --log "$folder/log" --wait --timeout 3600 start >/dev/null || { tail -n 20 "$folder/log" >&2; exit 1; }
trap 'pg_ctl --pgdata "$data" --mode fast --wait stop >/dev/null' EXIT

ask() { psql --host "$folder" --username "${PGUSER:-crm}" --dbname "${PGDATABASE:-crm}" --no-psqlrc --tuples-only --no-align --command "$1"; }
for try in $(seq 600); do # A server that replays takes questions before it is through.
  [ "$(ask 'SELECT pg_is_in_recovery()')" = t ] || break
  sleep 1
done
tenants=$(ask "SELECT coalesce(string_agg(tenant_id, ','), '') FROM tenants")
declared="SELECT set_config('crm.tenants', '$tenants', false);"
records=$(ask "$declared SELECT count(*) FROM records" | tail -n 1)
changes=$(ask "$declared SELECT count(*) FROM changes" | tail -n 1)
# Each record has all its changes, from the first to the one that its head says, and that one's hash.
wrong=$(ask "$declared SELECT count(*) FROM records r LEFT JOIN LATERAL (
    SELECT count(*) AS n, min(version) AS first, max(version) AS last FROM changes c WHERE (c.tenant_id, c.kind, c.id) = (r.tenant_id, r.kind, r.id)) c ON true
  LEFT JOIN changes h ON (h.tenant_id, h.kind, h.id, h.version) = (r.tenant_id, r.kind, r.id, r.version)
  WHERE (c.n, c.first, c.last) IS DISTINCT FROM (r.version, 1::bigint, r.version) OR h.hash IS DISTINCT FROM r.head_hash" | tail -n 1)
newest=$(ask "$declared SELECT coalesce(max(at)::text, 'none') FROM changes" | tail -n 1)
echo "restored: $(basename "$base") and the log after it in $(($(date +%s) - began)) s: $records records, $changes changes, the newest of $newest, $wrong records that do not fit their changes"
[ "$wrong" = 0 ]
