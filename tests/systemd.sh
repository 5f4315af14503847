#!/bin/sh
# The units as install.sh fills them in: systemd understands every line of them, and calls them well shut in.
#
#     tests/systemd.sh target/debug/fietsboek
#
# Needs systemd-analyze of systemd 252 or later; systemd itself need not run.
set -u
cd "$(dirname "$0")/.."
binary=$(realpath "${1:?usage: tests/systemd.sh BINARY}")
command -v systemd-analyze >/dev/null || { echo "FAILED: systemd-analyze is not there"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
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
# What is wrong with a line is a warning alone: nothing may be said at all.
silent() { said=$("$@" 2>&1) && [ -z "$said" ] || { echo "$said"; return 1; }; }

mkdir "$work/bin"
cp "$binary" "$work/bin/fietsboek"
"$binary" --list | while read -r name; do ln -s fietsboek "$work/bin/$name"; done
for unit in fietsboek.service fietscron.service fietscron.timer; do
    sed "s,@BIN@,$work/bin,g; s,@INSTANCE@,/srv/fietsboek,g" "src/systemd/$unit" >"$work/$unit"
done
units="$work/fietsboek.service $work/fietscron.service $work/fietscron.timer"
check "systemd understands the units" silent systemd-analyze verify --man=no $units
for unit in fietsboek.service fietscron.service; do
    # In tenths: below 2.0.
    check "$unit is well shut in" systemd-analyze security --offline=yes --threshold=19 "$work/$unit"
    check "$unit lets what stands in the place of the data be written" grep -qx 'ReadWritePaths=/srv/fietsboek' "$work/$unit"
    check "$unit lets the program shut itself in" grep -q '^SystemCallFilter=.*landlock_restrict_self' "$work/$unit"
done
check "both are shut in alike" test -z "$(for unit in fietsboek fietscron; do
    sed -n '/^ProtectSystem/,/^SystemCallErrorNumber/{/^#/d;p}' "$work/$unit.service"
done | sort | uniq -u)"
# The user and the directory, made in an empty root.
for file in sysusers tmpfiles; do sed 's,@INSTANCE@,/srv/fietsboek,g' "src/systemd/$file.conf" >"$work/$file.conf"; done
mkdir -p "$work/root/etc" "$work/root/srv"
check "the user can be made" systemd-sysusers --root="$work/root" "$work/sysusers.conf"
check "its home is the instance" grep -q '^fietsboek:.*:Fietsboek:/srv/fietsboek:.*nologin$' "$work/root/etc/passwd"
if [ "$(id -u)" -eq 0 ]; then
    check "the directory can be made" systemd-tmpfiles --root="$work/root" --create "$work/tmpfiles.conf"
    user=$(sed -n 's/^fietsboek:[^:]*:\([0-9]*\):.*/\1/p' "$work/root/etc/passwd")
    check "it is the user's alone" test "$(stat -c '%u %a' "$work/root/srv/fietsboek")" = "$user 700"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
