#!/bin/sh
# Builds the static binary with this machine's own toolchain and installs it: once, under its four
# names, with the manual. On request it makes an instance with an administrator and starts it.
# SPDX-License-Identifier: AGPL-3.0-or-later
set -eu
# What is installed is for everyone; the instance is not, whatever this says.
umask 022

usage() {
    cat <<'END'
usage: ./install.sh [--prefix DIR] [--instance DIR] [--serve | --systemd] [--uninstall]

  --prefix DIR     install below DIR (default /usr/local; DESTDIR is honoured)
  --instance DIR   make an instance in DIR, with an administrator's account
  --serve          start that instance and stay with it until Ctrl-C
  --systemd        install units that serve the instance (default /srv/fietsboek)
                   and look after it every hour, and the user they run as
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
systemd=no
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
    --systemd) systemd=yes ;;
    --uninstall) uninstall=yes ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
[ "$serve" = no ] || [ -n "$instance" ] || fail "--serve needs --instance DIR" 2
[ "$serve" = no ] || [ -z "${DESTDIR:-}" ] || fail "--serve does not go with DESTDIR" 2
[ "$serve" = no ] || [ "$systemd" = no ] || fail "--serve does not go with --systemd, which serves by itself" 2
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
units=$root/lib/systemd/system
cd "$(dirname "$0")"

# Files alone where they are staged for another machine, or where systemd does not run.
running=no
[ -n "${DESTDIR:-}" ] || [ ! -d /run/systemd/system ] || running=yes
if [ "$systemd" = yes ]; then
    [ -n "${DESTDIR:-}" ] || [ "$(id -u)" -eq 0 ] || fail "--systemd needs root"
    case ${instance:=/srv/fietsboek} in
    /home/* | /root | /root/* | /run/user/*) fail "a service sees nothing below /home and /root; name another --instance" 2 ;;
    *[!A-Za-z0-9_./-]*) fail "--systemd needs an instance with a plain name: letters, digits, and _ . / -" 2 ;;
    esac
    case $prefix in
    *[!A-Za-z0-9_./-]*) fail "--systemd needs a prefix with a plain name: letters, digits, and _ . / -" 2 ;;
    esac
fi

names="fietsboek-serve fietsctl fietscron fietsupdate"
if [ "$uninstall" = yes ]; then
    for name in fietsboek $names; do rm -f "$bin/$name"; done
    for page in man/*.[1-8]; do
        rm -f "$man/man${page##*.}/${page##*/}"
    done
    rm -f "$root/share/zsh/vendor-completions/_fietsboek" "$root/share/zsh/site-functions/_fietsboek"
    for name in fietsboek $names; do
        rm -f "$root/share/bash-completion/completions/$name" "$root/share/fish/vendor_completions.d/$name.fish"
    done
    if [ -e "$units/fietsboek.service" ]; then
        [ "$running" = no ] || systemctl disable --now fietsboek.service fietscron.timer
        rm -f "$units/fietsboek.service" "$units/fietscron.service" "$units/fietscron.timer" \
            "$root/lib/sysusers.d/fietsboek.conf" "$root/lib/tmpfiles.d/fietsboek.conf"
        [ "$running" = no ] || systemctl daemon-reload
    fi
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

# Completions, where a shell has left a place for them.
place_of() { # place_of FOLDER: whether it is there, here or on the machine that this is staged for
    [ -d "$root/$1" ] || [ -d "$prefix/$1" ] || return 1
    mkdir -p "$root/$1"
}
complete() { # complete SHELL FOLDER NAME…
    place_of "$2" || return 0
    "$bin/fietsctl" completions "$1" >"$root/$2/$3"
    chmod 644 "$root/$2/$3"
    folder=$root/$2 first=$3
    shift 3
    for name in "$@"; do ln -sf "$first" "$folder/$name"; done
}
complete bash share/bash-completion/completions fietsboek $names
# Debian's zsh looks for those of packages elsewhere.
if place_of share/zsh/vendor-completions; then zsh=vendor-completions; else zsh=site-functions; fi
complete zsh "share/zsh/$zsh" _fietsboek
complete fish share/fish/vendor_completions.d fietsboek.fish $(for name in $names; do echo "$name.fish"; done)

if [ "$systemd" = yes ]; then
    fill() { # fill SOURCE TARGET
        mkdir -p "${2%/*}"
        sed "s,@BIN@,$prefix/bin,g; s,@INSTANCE@,$instance,g" "src/systemd/$1" >"$2"
        chmod 644 "$2"
    }
    for unit in fietsboek.service fietscron.service fietscron.timer; do fill "$unit" "$units/$unit"; done
    fill sysusers.conf "$root/lib/sysusers.d/fietsboek.conf"
    fill tmpfiles.conf "$root/lib/tmpfiles.d/fietsboek.conf"
    echo "installed fietsboek.service and fietscron.timer in $units"
    case $prefix in
    /usr | /usr/local) ;;
    *) echo "systemd does not look there; once: cd $prefix/lib/systemd/system; systemctl link \$PWD/fiets*" ;;
    esac
    # Staged: the instance is made on the machine itself.
    [ -z "${DESTDIR:-}" ] || exit 0
    if [ "$running" = yes ]; then
        systemd-sysusers "$root/lib/sysusers.d/fietsboek.conf"
        systemd-tmpfiles --create "$root/lib/tmpfiles.d/fietsboek.conf"
        systemctl daemon-reload
    fi
fi
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
if [ "$systemd" = yes ]; then
    account
    # What root has made just now is the user's whom the units name.
    if [ -n "$email" ] && id fietsboek >/dev/null 2>&1; then chown -R fietsboek:fietsboek "$instance"; fi
    echo "start it, now and at every boot: systemctl enable --now fietsboek.service fietscron.timer"
    exit 0
fi
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
