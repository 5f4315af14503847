#!/bin/sh
# This program and Fietsboek 0.11 on the same instances, in both directions: what one wrote the other
# opens, shows and changes.
#
#     tests/interop.sh target/debug/fietsboek
#
# The original comes from PyPI into a virtual environment below $TMPDIR; VENV names one that has it
# already. It needs redis-server and Python 3.11 or later with its venv module. One line a check.
set -u
tests=$(dirname "$0")
binary=${1:?usage: tests/interop.sh BINARY}
. "$tests/tools.sh"
make_work
unset PYTHONPATH PYTHONHOME

# make_venv PYTHON: the original and what it needs; pip's own words only when it fails.
make_venv() {
    rm -rf "$work/venv"
    "$1" -m venv "$work/venv" >"$work/said" 2>&1 &&
        "$work/venv/bin/python" -m pip install -q --disable-pip-version-check fietsboek==0.11.0 >>"$work/said" 2>&1
}

if [ -z "${VENV:-}" ]; then
    VENV=$work/venv
    # A python3 from elsewhere may lack what Debian's has.
    if ! make_venv python3 && ! make_venv /usr/bin/python3; then
        cat "$work/said"
        echo 'FAILED: Fietsboek 0.11 cannot be installed'
        exit 1
    fi
fi
mkdir "$work/run"
PYTHONDONTWRITEBYTECODE=1 timeout -k 10 600 "$VENV/bin/python" "$tests/interop" "$binary" "$VENV" "$work/run"
