# Functions of run and long. Both are started in the root of the repository.
export CI=1
NODE_VERSIONS=(22.23.5 24.22.3)

# Into the folder where the tests look for moto, cfn-lint and hadolint.
install_moto() {
  python3 -m venv test/support/aws/.venv
  test/support/aws/.venv/bin/pip install --quiet --requirement test/support/aws/requirements.txt
}

# Shows the tests what a program writes and contacts.
install_strace() {
  command -v strace >/dev/null || install_debian_packages strace
}

# Opens the pages in the tests of the studio, which are skipped without it.
install_chromium() {
  command -v chromium >/dev/null || install_debian_packages chromium
}

# Build the worker image without a container registry, with AWS's runtime interface client, and run programs for ARM.
install_image_tools() {
  install_debian_packages buildah debootstrap cmake g++ make \
    qemu-user-static libc6-arm64-cross libgcc-s1-arm64-cross libstdc++6-arm64-cross
}

install_debian_packages() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update --quiet
  "${as_root[@]}" apt-get install --quiet --yes --no-install-recommends "$@"
}

# Into the folder where `npm run check:python` looks. ruff needs none of the libraries that it checks the use of.
install_python_linter() {
  python3 -m venv models/training/.venv
  models/training/.venv/bin/pip install --quiet "$(grep '^ruff==' models/training/requirements-dev.txt)"
}

# For `npm run check:python-types` and `npm run test:python` too, with PyTorch and diffusers.
install_python_tools() {
  python3 -m venv models/training/.venv
  models/training/.venv/bin/pip install --quiet --requirement models/training/requirements-dev.txt
}

# Runs a command with another version of Node.js, from the npm package that holds its binary.
on_node() {
  local version=$1 folder
  shift
  folder="${TMPDIR:-/tmp}/unclip-node-$version"
  local package="node-linux-$(node -p process.arch)"
  npm install --silent --no-save --no-audit --no-fund --prefix "$folder" "$package@$version"
  echo "== Node.js $version: $*"
  PATH="$folder/node_modules/$package/bin:$PATH" "$@"
}
