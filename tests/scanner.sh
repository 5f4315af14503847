#!/bin/sh
# A scanner that nobody here wrote, wapiti, against a copy of the instance in tests/data/fietsboek-0.11 behind nginx
# and https: as a stranger and as somebody who is logged in. Fails at what is not listed in tests/scanner with its
# reason.
#
#     tests/scanner.sh target/debug/fietsboek [SECONDS FOR EACH MODULE]
#
# Needs wapiti, nginx, openssl and Python 3.
set -u
tests=$(realpath "$(dirname "$0")")
binary=$(realpath "${1:?usage: tests/scanner.sh BINARY [SECONDS]}")
PATH=$PATH:/usr/sbin
missing=0
for tool in wapiti nginx openssl python3; do
    command -v "$tool" >/dev/null || { echo "FAILED: $tool is not there"; missing=1; }
done
[ "$missing" -eq 0 ] || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
TMPDIR=$work PYTHONDONTWRITEBYTECODE=1 python3 "$tests/scanner" "$binary" "${2:-60}"
