#!/bin/sh
# A base backup beside the archived log: backup.sh [KEEP]. Keeps the newest KEEP (7), and of the log what they need.
# Connects as PG* variables say (PGHOST, PGUSER, PGPASSWORD); the role needs REPLICATION.
set -eu
root=${CRM_ARCHIVE:-/archive}
keep=${1:-7}
mkdir -p "$root/base"
name=$(date -u +%Y%m%dT%H%M%SZ)
pg_basebackup --pgdata "$root/base/.$name" --checkpoint fast --wal-method none --no-password
pg_verifybackup --no-parse-wal --quiet "$root/base/.$name"
mv "$root/base/.$name" "$root/base/$name"
find "$root/base" -mindepth 1 -maxdepth 1 ! -name '.*' | sort -r | tail -n +$((keep + 1)) | xargs -r rm -rf
oldest=$(find "$root/base" -mindepth 1 -maxdepth 1 ! -name '.*' | sort | head -n 1)
first=$(sed -n 's/^START WAL LOCATION: .* (file \(.*\))$/\1/p' "$oldest/backup_label")
pg_archivecleanup "$root/wal" "$first"
echo "backup: $root/base/$name"
