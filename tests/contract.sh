#!/bin/sh
# What of the maintenance mode's contract can only be tried as root: a full disk, a read-only file
# system, another user's files, and a command that is killed at any moment.
#
#     tests/contract.sh target/debug/fietsboek
#
# It works in a directory of its own below $TMPDIR, mounts small file systems there and takes all of
# it away again. One line a check; without root it fails, because nothing would have been checked.

set -u
LC_ALL=C TZ=UTC
export LC_ALL TZ
umask 022

passed=0
failed=0
work=
nobody=65534

ok() {
    passed=$((passed + 1))
    echo "ok: $1"
}

bad() {
    failed=$((failed + 1))
    echo "FAILED: $1"
    sed 's/^/    /' "$work/out" "$work/err" 2>/dev/null
}

# check TEXT COMMAND...: the command must succeed.
check() {
    text=$1
    shift
    if "$@"; then ok "$text"; else bad "$text"; fi
}

finish() {
    if [ -n "$work" ]; then
        umount "$work/site/data" 2>/dev/null
        rm -rf "$work"
    fi
}

# mode ARGUMENT...: fietsctl maintenance-mode; leaves its exit code in $code, its words in out and err.
mode() {
    run "$work/bin/fietsctl" -c "$work/site/fietsboek.ini" maintenance-mode "$@"
}

# mode_as_nobody ARGUMENT...: the same as a user who owns nothing.
mode_as_nobody() {
    run setpriv --reuid "$nobody" --regid "$nobody" --clear-groups \
        "$work/bin/fietsctl" -c "$work/site/fietsboek.ini" maintenance-mode "$@"
}

run() {
    timeout 30 "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
}

ended() { [ "$code" -eq "$1" ]; }
silent() { [ ! -s "$work/out" ] && [ ! -s "$work/err" ]; }
complained() { grep -qF -- "$1" "$work/err"; }
is_off() { [ ! -e "$flag" ] && [ ! -L "$flag" ]; }
reason_is() { [ -f "$flag" ] && [ "$(cat "$flag")" = "$1" ]; }
is_empty_file() { [ -f "$flag" ] && [ ! -s "$flag" ]; }
owned_by() { [ "$(stat -c '%u %a' "$flag")" = "$1 644" ]; }
# only NAME...: nothing but these stands in the data directory.
only() { [ "$(ls -A "$data" | sort | tr '\n' ' ')" = "$* " ]; }

# all CONDITION [and CONDITION]...: every one of them holds.
all() {
    while [ $# -gt 0 ]; do
        condition=
        while [ $# -gt 0 ] && [ "$1" != and ]; do
            condition="$condition '$(printf %s "$1" | sed "s/'/'\\\\''/g")'"
            shift
        done
        [ $# -gt 0 ] && shift
        eval "$condition" || return 1
    done
}

# A small file system in the place of the data directory.
small() {
    if mount -t tmpfs -o "mode=755,$1" tmpfs "$data" 2>"$work/err"; then
        echo v0.11.0 >"$data/VERSION"
    else
        bad 'a small file system is mounted'
        return 1
    fi
}

fill() { dd if=/dev/zero of="$data/fill" bs=4096 2>/dev/null; }

full_disk() {
    small size=64k || return
    fill
    mode 'Back at noon'
    check 'a full disk: on all the same' all ended 0 and is_empty_file
    check 'a full disk: the warning names the file' all complained "$flag" and complained warning
    mode
    check 'a full disk: the status is on without a reason' all ended 0 and \
        [ "$(head -n 1 "$work/out")" = 'Maintenance mode is enabled: ' ]
    mode --disable
    check 'a full disk: off again' all ended 0 and is_off and only VERSION fill
    rm "$data/fill"
    mode 'the old reason'
    fill
    mode 'a new reason'
    check 'a full disk while replacing: the old reason stays' all ended 0 and reason_is 'the old reason' and complained warning
    check 'a full disk: nothing is left behind' only MAINTENANCE VERSION fill
    umount "$data"

    small size=64k,nr_inodes=3 || return
    : >"$data/last"
    mode 'Back at noon'
    check 'no inode left: exit 1 with path and cause, nothing changed' all ended 1 and complained "$flag" and \
        complained 'No space left' and is_off
    umount "$data"
}

read_only() {
    small size=64k || return
    mount -o remount,ro "$data"
    mode 'Back at noon'
    check 'read-only: not on; exit 1 with path and cause' all ended 1 and is_off and complained "$flag" and \
        complained 'Read-only file system'
    mode --check
    check 'read-only: the check tells off' all ended 0 and silent
    mount -o remount,rw "$data"
    mode 'the old reason'
    mount -o remount,ro "$data"
    mode 'a new reason'
    check 'read-only while replacing: exit 1, the old reason stays' all ended 1 and reason_is 'the old reason' and \
        complained "$flag"
    mode --disable
    check 'read-only: not off; exit 1 with path and cause' all ended 1 and reason_is 'the old reason' and \
        complained "$flag" and complained 'Read-only file system'
    check 'read-only: nothing is left behind' only MAINTENANCE VERSION
    umount "$data"
}

another_user() {
    mode_as_nobody 'Back at noon'
    check 'no permission: not on; exit 1 with path and cause' all ended 1 and is_off and complained "$flag" and \
        complained 'ermission denied'
    mode 'the old reason'
    mode_as_nobody 'a new reason'
    check 'no permission while replacing: exit 1, the old reason stays' all ended 1 and reason_is 'the old reason'
    mode_as_nobody --disable
    check 'no permission: not off; exit 1 with path and cause' all ended 1 and reason_is 'the old reason' and \
        complained "$flag"
    check 'no permission: nothing is left behind' only MAINTENANCE VERSION
    chmod 600 "$flag"
    mode_as_nobody
    check 'a flag that may not be read is on' all ended 0 and \
        [ "$(head -n 1 "$work/out")" = 'Maintenance mode is enabled: ' ]
    chmod 700 "$data"
    mode_as_nobody
    check 'a data directory that may not be opened: exit 1' all ended 1 and complained "$data"
    mode_as_nobody --check
    check 'a data directory that may not be opened: the check cannot tell' all ended 1 and silent
    chmod 755 "$data"
    chmod 600 "$work/site/fietsboek.ini"
    mode_as_nobody
    check 'an INI file that may not be read: exit 3' all ended 3 and complained "$work/site/fietsboek.ini"
    mode_as_nobody --check
    check 'an INI file that may not be read: the check cannot tell' all ended 1 and silent
    chmod 644 "$work/site/fietsboek.ini"
    mode --disable

    chown "$nobody" "$data"
    mode 'set by root'
    check 'set by root, it belongs to the owner of the data directory' all ended 0 and owned_by "$nobody"
    mode_as_nobody --disable
    check 'and its owner switches it off' all ended 0 and is_off
    chown 0 "$data"
}

odd_things() {
    mknod "$flag" c 1 3
    mode --check
    check 'a device is on' all ended 3 and silent
    mode --disable
    check 'a device is not removed' all ended 1 and complained 'a device stands there' and [ -c "$flag" ]
    rm "$flag"
    mkfifo "$flag"
    mode
    check 'a FIFO is on and not waited for' all ended 0 and grep -q 'a FIFO' "$work/out"
    mode --disable
    check 'a FIFO is not removed' all ended 1 and complained 'a FIFO stands there'
    mode 'Back at noon'
    check 'a FIFO gives way to a reason' all ended 0 and reason_is 'Back at noon'
    mode --disable
}

# killed ARGUMENT: starts a change, waits a while that grows with $turn and kills it.
killed() {
    "$work/bin/fietsctl" -c "$work/site/fietsboek.ini" maintenance-mode "$1" >/dev/null 2>&1 &
    pid=$!
    spin=$((turn * 60))
    while [ "$spin" -gt 0 ]; do spin=$((spin - 1)); done
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}

# Three changes in turns: replace a reason, switch on, switch off. Each must have happened or not.
sudden_death() {
    old=0 new=0 torn=0 turn=0
    while [ "$turn" -lt 200 ]; do
        case $((turn % 3)) in
            0) printf %s "$long_one" >"$flag"
                killed "$long_two"
                if reason_is "$long_one"; then old=$((old + 1))
                elif reason_is "$long_two"; then new=$((new + 1))
                else torn=$((torn + 1)); fi ;;
            1) rm -f "$flag"
                killed "$long_two"
                if is_off; then old=$((old + 1))
                elif reason_is "$long_two"; then new=$((new + 1))
                else torn=$((torn + 1)); fi ;;
            2) printf %s "$long_one" >"$flag"
                killed --disable
                if is_off; then new=$((new + 1))
                elif reason_is "$long_one"; then old=$((old + 1))
                else torn=$((torn + 1)); fi ;;
        esac
        turn=$((turn + 1))
    done
    : >"$work/err"
    echo "old $old, new $new, torn $torn" >"$work/out"
    check "killed 200 times: the old state ($old) or the new one ($new)" [ "$torn" -eq 0 ]
    check 'killed 200 times: both were met' all [ "$old" -gt 0 ] and [ "$new" -gt 0 ]
    mode 'the last one'
    check 'the next command sweeps what the killed ones have left' all ended 0 and only MAINTENANCE VERSION
    mode --disable
}

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: $0 path/to/fietsboek" >&2
    exit 2
fi
trap finish EXIT
trap 'exit 1' HUP INT TERM
work=$(mktemp -d) || exit 1
chmod 755 "$work"
data=$work/site/data
flag=$data/MAINTENANCE
long_one=$(printf '%04000d' 1)
long_two=$(printf '%04000d' 2)

# A copy, because another user may not reach where it stands.
mkdir "$work/bin"
cp "$1" "$work/bin/fietsctl"
chmod 755 "$work/bin/fietsctl"

check 'this runs as root' [ "$(id -u)" -eq 0 ]
if [ "$failed" -eq 0 ]; then
    run "$work/bin/fietsctl" init "$work/site"
    check 'an instance is made' all ended 0 and [ -f "$work/site/fietsboek.ini" ]
fi
if [ "$failed" -eq 0 ]; then
    chmod 755 "$work/site" "$data"
    chmod 644 "$work/site/fietsboek.ini" "$data/VERSION"
    full_disk
    read_only
    another_user
    odd_things
    sudden_death
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
