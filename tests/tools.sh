# For the scripts here that need programs: `. tests/tools.sh; need TOOL…`.

# Ends the script when one of the tools is missing, all of which are told.
need() {
    missing=0
    for tool; do
        command -v "$tool" >/dev/null || { echo "FAILED: $tool is not there"; missing=1; }
    done
    [ "$missing" -eq 0 ] || exit 1
}

# A folder that goes with the script, `$work`.
make_work() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' INT TERM
}
