#!/bin/sh
# Builds the static binary with this machine's own toolchain and installs it: once, under its four
# names, with the manual. On request it makes an instance with an administrator and starts it.
# SPDX-License-Identifier: AGPL-3.0-or-later
set -eu
# What is installed is for everyone; the instance is not, whatever this says.
umask 022

usage() {
    cat <<'END'
usage: ./install.sh [--prefix DIR] [--instance DIR] [--serve] [--uninstall]

  --prefix DIR     install below DIR (default /usr/local; DESTDIR is honoured)
  --instance DIR   make an instance in DIR, with an administrator's account
  --serve          start that instance and stay with it until Ctrl-C
  --uninstall      remove what was installed below the prefix; instances stay

needs: a Rust toolchain (cargo) and a C compiler (cc)
END
}

fail() {
    echo "install.sh: $1" >&2
    exit "${2:-1}"
}

prefix=/usr/local
instance=
serve=no
uninstall=no
while [ $# -gt 0 ]; do
    case $1 in
    --prefix | --instance)
        [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 needs a directory" 2
        case $1 in --prefix) prefix=$2 ;; *) instance=$2 ;; esac
        shift
        ;;
    --prefix=?*) prefix=${1#*=} ;;
    --instance=?*) instance=${1#*=} ;;
    --serve) serve=yes ;;
    --uninstall) uninstall=yes ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
[ "$serve" = no ] || [ -n "$instance" ] || fail "--serve needs --instance DIR" 2
[ "$serve" = no ] || [ -z "${DESTDIR:-}" ] || fail "--serve does not go with DESTDIR" 2
[ "$uninstall" = no ] || [ -z "$instance" ] || fail "--uninstall leaves instances alone; name none" 2

# Relative names are meant from where the script was called.
absolute() {
    case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac
}
prefix=$(absolute "$prefix")
[ -z "$instance" ] || instance=$(absolute "$instance")
[ -z "${DESTDIR:-}" ] || DESTDIR=$(absolute "$DESTDIR")
root=${DESTDIR:-}$prefix
bin=$root/bin
man=$root/share/man
cd "$(dirname "$0")"

names="fietsboek-serve fietsctl fietscron fietsupdate"
if [ "$uninstall" = yes ]; then
    for name in fietsboek $names; do rm -f "$bin/$name"; done
    for page in man/*.[1-8]; do
        rm -f "$man/man${page##*.}/${page##*/}"
    done
    echo "removed from $root; instances are untouched"
    exit 0
fi

command -v cargo >/dev/null 2>&1 || fail "cargo is not there: install a Rust toolchain (https://rustup.rs) first"
command -v cc >/dev/null 2>&1 || fail "cc is not there: install a C compiler (Debian: apt-get install gcc libc6-dev) first"

# Named explicitly, or the flags would reach proc-macros, which cannot be static.
target=$(rustc -vV | sed -n 's/^host: //p')
output=${CARGO_TARGET_DIR:-target}
# It would win over the flags below.
unset CARGO_ENCODED_RUSTFLAGS
RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static" \
    cargo build --release --locked --target "$target" --target-dir "$output"
built=$output/$target/release/fietsboek
if command -v ldd >/dev/null 2>&1 && ldd "$built" 2>/dev/null | grep -q '=>'; then
    fail "$built is not static; what it needs: $(ldd "$built" | tr -s '\n\t' '  ')"
fi

# A program that is running cannot be written to, but it can be replaced.
mkdir -p "$bin"
cp "$built" "$bin/.fietsboek.new"
chmod 755 "$bin/.fietsboek.new"
mv -f "$bin/.fietsboek.new" "$bin/fietsboek"
"$bin/fietsboek" --list | while read -r name; do ln -sf fietsboek "$bin/$name"; done
for page in man/*.[1-8]; do
    mkdir -p "$man/man${page##*.}"
    cp "$page" "$man/man${page##*.}/"
    chmod 644 "$man/man${page##*.}/${page##*/}"
done
echo "installed $(echo "$names" | sed 's/ /, /g') in $bin; manual: man fietsboek"
[ -n "$instance" ] || exit 0

ini=$instance/fietsboek.ini
email=
if [ -e "$ini" ]; then
    echo "there is an instance in $instance already; it is left as it is"
else
    "$bin/fietsctl" init "$instance"
    email=admin@localhost
    password=$(LC_ALL=C tr -dc 'abcdefghjkmnpqrstuvwxyz23456789' </dev/urandom | head -c 16)
    printf '%s\n' "$password" |
        "$bin/fietsctl" -c "$ini" user add --admin --email "$email" --name Administrator --password-stdin >/dev/null
fi
# A path as the shell wants it typed.
typed() {
    case $1 in
    *[!A-Za-z0-9_./-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf %s "$1" ;;
    esac
}
start="$(typed "$bin/fietsboek-serve") $(typed "$ini")"
account() {
    if [ -n "$email" ]; then
        printf 'e-mail: %s\npassword: %s\n' "$email" "$password"
    else
        echo "a lost password: $(typed "$bin/fietsctl") -c $(typed "$ini") user passwd --email ADDRESS"
    fi
}
if [ "$serve" = no ]; then
    account
    echo "start it: $start"
    exit 0
fi

# The server says where it listens; it is stopped with this script, whatever ends it.
said=$(mktemp)
server=
trap 'rm -f "$said"; [ -z "$server" ] || kill "$server" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$bin/fietsboek-serve" "$ini" >"$said" &
server=$!
site=
while [ -z "$site" ]; do
    kill -0 "$server" 2>/dev/null || { server=; fail "the server did not start; its message is above"; }
    sleep 0.1
    site=$(sed -n 's/^listening on //p' "$said" | head -n 1)
done
echo "site: $site"
account
echo "Ctrl-C stops it; start it again with: $start"
wait "$server"
