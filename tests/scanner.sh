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
. "$tests/tools.sh"
need wapiti nginx openssl python3
make_work
TMPDIR=$work PYTHONDONTWRITEBYTECODE=1 python3 "$tests/scanner" "$binary" "${2:-60}"
