#!/bin/sh
# install.sh as a newcomer and as a packager use it: a static binary once, four names, the manual, an
# instance that answers; and away again. Needs root for the chroot, and curl.
set -u
cd "$(dirname "$0")/.."
passed=0
failed=0
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
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
not() { if "$@"; then return 1; fi; }

# As a packager: staged, without an instance.
check "it installs below DESTDIR" env DESTDIR="$work/stage" ./install.sh --prefix /usr
bin=$work/stage/usr/bin
check "the binary is there once" test -f "$bin/fietsboek" -a ! -L "$bin/fietsboek"
for name in fietsboek-serve fietsctl fietscron fietsupdate; do
    check "$name is a link that works where it is moved to" test "$(readlink "$bin/$name")" = fietsboek
    check "$name knows itself" sh -c "'$bin/$name' --version | grep -q '^$name '"
done
check "the manual is there" test -f "$work/stage/usr/share/man/man1/fietsctl.1" -a -f "$work/stage/usr/share/man/man7/fietsboek.7"
check "the binary needs no library" sh -c "ldd '$bin/fietsboek' 2>&1 | grep -Eq 'statically linked|not a dynamic'"
mkdir "$work/empty"
cp "$bin/fietsboek" "$work/empty/"
check "it runs in an empty chroot" chroot "$work/empty" /fietsboek --version
check "it makes an instance in an empty chroot" chroot "$work/empty" /fietsboek ctl init /site
port=18471
ini=$work/empty/site/fietsboek.ini
sed "s/^listen = .*/listen = 127.0.0.1:$port/" "$ini" >"$work/ini" && cat "$work/ini" >"$ini"
chroot "$work/empty" /fietsboek serve /site/fietsboek.ini >"$work/chroot" 2>&1 &
server=$!
answer() { curl -s -m 10 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/"; }
for _ in $(seq 50); do
    grep -q '^listening' "$work/chroot" && break
    sleep 0.2
done
check "it serves in an empty chroot" test "$(answer)" = 200
check "it is taken down there" chroot "$work/empty" /fietsboek ctl -c /site/fietsboek.ini maintenance-mode noon --wait
check "and says so" test "$(answer)" = 503
kill "$server"
wait "$server" 2>/dev/null
server=

# The same with the units, and where shells have their completions.
for place in bash-completion/completions zsh/site-functions fish/vendor_completions.d; do
    mkdir -p "$work/stage/opt/ride/share/$place"
done
for turn in once again; do
    check "it installs units, $turn" env DESTDIR="$work/stage" ./install.sh --prefix /opt/ride --systemd --instance /srv/rides
done
share=$work/stage/opt/ride/share
lib=$work/stage/opt/ride/lib
check "bash finds completions for each name" test "$(find -L "$share/bash-completion" -type f | wc -l)" -eq 5
check "and fish" test "$(find -L "$share/fish" -type f -name 'fiets*.fish' | wc -l)" -eq 5
check "and zsh" grep -q '^#compdef fietsboek ' "$share/zsh/site-functions/_fietsboek"
check "the server's unit names program and instance" grep -q '^ExecStart=/opt/ride/bin/fietsboek-serve /srv/rides/fietsboek.ini$' "$lib/systemd/system/fietsboek.service"
check "the other's too" grep -q '^ExecStart=/opt/ride/bin/fietscron -c /srv/rides/fietsboek.ini$' "$lib/systemd/system/fietscron.service"
check "the timer is there" test -f "$lib/systemd/system/fietscron.timer"
check "the user's home is the instance" grep -q '^u fietsboek .* /srv/rides -$' "$lib/sysusers.d/fietsboek.conf"
check "the directory is made for that user" grep -q '^d /srv/rides 0700 fietsboek fietsboek -$' "$lib/tmpfiles.d/fietsboek.conf"
check "no path is left open" not grep -rE '@[A-Z]+@' "$lib"
check "no instance was made" not test -e /srv/rides
check "an instance in a home is refused" not env DESTDIR="$work/stage" ./install.sh --prefix /opt/ride --systemd --instance /home/rides
check "a server by hand does not go with it" not ./install.sh --prefix "$work/no" --systemd --serve --instance /srv/rides
check "uninstalling takes that away too" env DESTDIR="$work/stage" ./install.sh --prefix /opt/ride --uninstall
check "none of it is left" test -z "$(find "$work/stage/opt" -type f -o -type l)"
check "uninstalling takes all of it away" env DESTDIR="$work/stage" ./install.sh --prefix /usr --uninstall
check "nothing is left" test -z "$(find "$work/stage" -type f -o -type l)"

# As a newcomer: one command, a site that answers.
./install.sh --prefix "$work/local" --instance "$work/site" --serve >"$work/said" 2>"$work/log" &
server=$!
for _ in $(seq 300); do
    grep -q '^password: ' "$work/said" 2>/dev/null && break
    kill -0 "$server" 2>/dev/null || break
    sleep 1
done
site=$(sed -n 's/^site: //p' "$work/said")
email=$(sed -n 's/^e-mail: //p' "$work/said")
password=$(sed -n 's/^password: //p' "$work/said")
check "three lines are printed" test -n "$site" -a -n "$email" -a -n "$password"
check "the site answers" curl -sSf -m 10 -o "$work/page" "$site/"
jar=$work/jar
curl -s -m 10 -c "$jar" -o "$work/form" "$site/login"
token=$(sed -n 's/.*csrf_token\t//p' "$jar")
log_in() {
    curl -s -m 10 -b "$jar" -c "$jar" -o /dev/null -w '%{http_code} %{redirect_url}' "$site/login" \
        --data-urlencode "email=$email" --data-urlencode "password=$password" --data-urlencode "csrf_token=$token"
}
check "the printed account logs in" test "$(log_in)" = "302 $site/"
ctl="$work/local/bin/fietsctl -c $work/site/fietsboek.ini"
status() { curl -s -m 10 -o /dev/null -w '%{http_code}' "$site/track/"; }
check "it is taken down" $ctl maintenance-mode "Back at noon"
check "every page says so" test "$(status)" = 503
check "it is brought back" $ctl maintenance-mode --disable
check "all is back" test "$(status)" = 200
kill -TERM "$server"
wait "$server"
server=
check "stopping the script stops the server" not curl -s -m 2 -o /dev/null "$site/"
check "a second run leaves the instance alone" ./install.sh --prefix "$work/local" --instance "$work/site"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] || { cat "$work/said" "$work/log"; exit 1; }
