#!/bin/sh
# PostgreSQL's archive_command: archive.sh PATH NAME. Copies a segment of the write-ahead log to the archive, whole or not at all, and never over another one.
set -eu
archive=${CRM_ARCHIVE:-/archive}/wal
mkdir -p "$archive"
if [ -f "$archive/$2" ]; then
  cmp -s "$1" "$archive/$2" # Archived before a crash, and asked for again: fine. Another segment of that name: not.
  exit
fi
cp "$1" "$archive/.$2.part"
sync "$archive/.$2.part"
mv "$archive/.$2.part" "$archive/$2"
sync "$archive"
