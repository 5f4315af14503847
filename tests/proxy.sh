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
. "$tests/tools.sh"
need nginx openssl python3
make_work
TMPDIR=$work PYTHONDONTWRITEBYTECODE=1 timeout -k 10 300 python3 "$tests/proxy" "$binary"
