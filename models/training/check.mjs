// npm run check:python, check:python-types, test:python and research:full-size: runs Python tools of models/training/.venv.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIN = path.join(ROOT, "models/training/.venv", process.platform === "win32" ? "Scripts" : "bin");
const INSTALL = `Install the Python tools with:
  python3 -m venv models/training/.venv
  models/training/.venv/bin/pip install -r models/training/requirements-dev.txt`;

const COMMANDS = {
  lint: [
    ["ruff", "format", "--check"],
    ["ruff", "check"],
  ],
  types: [["basedpyright", "--pythonpath", path.join(BIN, "python")]],
  test: [["pytest"]],
  "full-size": [["python", "-W", "ignore", "-m", "models.training.full_size"]],
};

const [name, ...given] = process.argv.slice(2);
for (const [tool, ...options] of COMMANDS[name]) {
  const { status, error } = spawnSync(path.join(BIN, tool), [...options, ...given], { cwd: ROOT, stdio: "inherit" });
  if (error?.code === "ENOENT") fail(`${tool} is missing in ${path.relative(ROOT, BIN)}. ${INSTALL}`);
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
