#!/bin/sh
# The site in a real browser: headless Chromium, driven through chromedriver.
#
#     tests/browser.sh target/debug/fietsboek [PART]
#
# AXE names axe's script; without, it comes from PyPI into a folder below $TMPDIR. SCREENSHOTS names a
# folder that gets a picture of each page. Needs chromium, chromedriver, nginx, openssl and Python 3.11
# or later with pip. What fails is printed, and the sum.
set -u
tests=$(dirname "$0")
binary=${1:?usage: tests/browser.sh BINARY [PART]}
PATH=$PATH:/usr/sbin
. "$tests/tools.sh"
need chromium chromedriver nginx openssl python3
make_work
if [ -z "${AXE:-}" ]; then
    AXE=$work/axe/axe_core_python/axe.min.js
    if ! python3 -m pip download -q --disable-pip-version-check --no-deps -d "$work" axe-core-python==0.1.0 >"$work/said" 2>&1 ||
        ! python3 -m zipfile -e "$work"/axe_core_python-*.whl "$work/axe"; then
        cat "$work/said"
        echo 'FAILED: axe cannot be had'
        exit 1
    fi
fi
export AXE TMPDIR="$work"
PYTHONDONTWRITEBYTECODE=1 timeout -k 10 900 python3 "$tests/browser" "$@"
