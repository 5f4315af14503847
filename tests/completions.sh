#!/bin/sh
# The completions in real shells: what bash, zsh and fish offer when Tab is pressed.
#
#     tests/completions.sh target/debug/fietsboek
#
# Needs bash, zsh, fish and Python 3.
set -u
tests=$(realpath "$(dirname "$0")")
binary=$(realpath "${1:?usage: tests/completions.sh BINARY}")
. "$tests/tools.sh"
need bash zsh fish python3
make_work
mkdir "$work/bin" "$work/home" "$work/here" "$work/here/folder"
cp "$binary" "$work/bin/fietsboek"
"$binary" --list | while read -r name; do ln -s fietsboek "$work/bin/$name"; done
touch "$work/here/site.ini" "$work/here/sites here.ini" "$work/here/a:b.ini"
for shell in bash zsh fish; do
    "$work/bin/fietsctl" completions "$shell" >"$work/$shell" || exit 1
done
# zsh finds it by its name in a folder, as install.sh puts it there.
mkdir "$work/functions" && mv "$work/zsh" "$work/functions/_fietsboek"
cd "$work/here" || exit 1
PATH=$work/bin:$PATH HOME=$work/home PYTHONDONTWRITEBYTECODE=1 \
    timeout -k 10 300 python3 "$tests/completions" "$work"
