#!/usr/bin/env bash
# Runs the contract suites of DynamoDB and SQS on ministack, a second independent implementation, in which no write
# interleaves with another: moto serves each call in a thread, and moto_server.py makes DynamoDB's calls take turns.
#   test/support/aws/second-opinion.sh        installs ministack (PyPI) into a folder of its own at the first run
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=$(realpath --no-symlinks --canonicalize-missing "${MINISTACK:-test/support/aws/.ministack}")
[ -x "$folder/bin/ministack" ] || { python3 -m venv "$folder" && "$folder/bin/pip" install --quiet ministack==1.5.33; }
port=$(node -e 'const s = require("node:net").createServer().listen(0, () => { console.log(s.address().port); s.close(); })')
data=$(mktemp -d)
(cd "$data" && exec env HOME="$data" GATEWAY_PORT="$port" "$folder/bin/ministack") >"$data/log" 2>&1 &
server=$!
trap 'kill "$server"; rm -rf "$data"' EXIT
# ministack deletes rows soon after they expire, as AWS does within days: the test left out has rows that ended long ago.
AWS_EMULATOR_URL="http://127.0.0.1:$port" npx vitest run --project aws --testNamePattern '^(?!.*lists due webhooks)' \
  test/infra/aws/job-store.test.ts test/infra/aws/queue.test.ts test/infra/aws/connections.test.ts \
  test/infra/aws/key-store.test.ts test/infra/aws/lease.test.ts "$@"
