#!/bin/sh
# The server behind nginx, with the very settings that fietsboek(7) prints.
#
#     tests/proxy.sh target/debug/fietsboek
#
# Needs nginx, openssl and Python 3.
set -u
tests=$(realpath "$(dirname "$0")")
binary=$(realpath "${1:?usage: tests/proxy.sh BINARY}")
PATH=$PATH:/usr/sbin
missing=0
for tool in nginx openssl python3; do
    command -v "$tool" >/dev/null || { echo "FAILED: $tool is not there"; missing=1; }
done
[ "$missing" -eq 0 ] || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
TMPDIR=$work PYTHONDONTWRITEBYTECODE=1 timeout -k 10 300 python3 "$tests/proxy" "$binary"
