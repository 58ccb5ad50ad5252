#!/usr/bin/env bash
# Runs AWS's runtime interface client in an image as Lambda runs it: as a user who owns nothing, on a read-only root with a
# /tmp of 512 MB, without /sys and /dev/shm, and in a limit of memory. The environment is that of the caller.
#   _HANDLER=draw.handler test/support/image/lambda.sh ROOT MEMORY_MB    as root
set -euo pipefail
root=$(realpath "$1") bytes=$(($2 * 1024 * 1024))
group=/sys/fs/cgroup/memory/unclip-$$ limit=memory.limit_in_bytes
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then group=/sys/fs/cgroup/unclip-$$ limit=memory.max; fi
mkdir "$group"
echo "$bytes" >"$group/$limit"
# The group is empty soon after unshare has ended.
trap 'kill -KILL $client || true; wait; until rmdir "$group"; do sleep 0.1; done 2>/dev/null' EXIT
sandbox() {
  echo $BASHPID >"$group/cgroup.procs"
  exec unshare --mount --pid --fork --kill-child bash -euc "$1" "$root"
}
sandbox '
  mount --make-rprivate /
  mount --bind "$0" "$0"
  mount -t proc proc "$0/proc"
  mount -t tmpfs -o size=512m,mode=1777 tmpfs "$0/tmp"
  mount -t tmpfs -o mode=755 tmpfs "$0/sys"
  mount -t tmpfs -o mode=755 tmpfs "$0/dev"
  for device in null zero random urandom; do touch "$0/dev/$device" && mount --bind "/dev/$device" "$0/dev/$device"; done
  mount -o remount,bind,ro "$0"
  exec chroot --userspec=993:990 "$0" /bin/sh -c "cd /var/task && exec node /var/runtime/node_modules/aws-lambda-ric/index.mjs"
' &
client=$!
wait $client
