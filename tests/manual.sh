#!/bin/sh
# Every manual page passes mandoc's lint, and every page that another one names is there.
# Needs mandoc.
set -u
cd "$(dirname "$0")/.."
passed=0
failed=0
check() { # check DESCRIPTION COMMAND…
    what=$1
    shift
    if out=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n%s\n' "$what" "$out"
    fi
}

named_pages_are_there() {
    grep -ho '^\.Xr fiets[a-z.-]* [1-8]' man/*.[1-8] | sort -u | while read -r _ name section; do
        [ -f "man/$name.$section" ] || { echo "$name($section) is named but not there"; exit 1; }
    done
}

command -v mandoc >/dev/null || { echo "mandoc is not there"; exit 1; }
# The lint looks for the pages that are named where manual pages are installed: here, ours alone.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
for page in man/*.[1-8]; do
    mkdir -p "$tree/man${page##*.}"
    cp "$page" "$tree/man${page##*.}/"
done
export MANPATH="$tree"
for page in fietsboek-serve.8 fietsctl.1 fietscron.8 fietsupdate.8 fietsboek.ini.5 fietsboek.7 fietsboek-api.7; do
    check "$page is clean" mandoc -T lint -W style "man/$page"
    check "$page can be shown" sh -c "mandoc -T markdown man/$page | grep -q '^# NAME'"
done
check "the pages that are named are there" named_pages_are_there
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
