// External linters: cfn-lint for the templates, hadolint for the worker image's Dockerfile.
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { PYTHON } from "../../support/aws/moto.ts";
import { onMoto } from "../../support/aws/moto-resources.ts";
import { EVERYTHING, ROOT, synthesise, VARIANTS } from "../../support/cdk/synth.ts";

const run = promisify(execFile);
const tool = (name: string) => path.join(path.dirname(PYTHON), name);

/** Runs a linter and returns its output, which is empty if it finds nothing. */
async function lint(name: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(tool(name), args).catch((error) => error);
  return `${stdout}${stderr}`;
}

// test/support/aws/requirements.txt installs them together with moto.
onMoto("linters", () => {
  // In one call, because loading the schemas of all resources takes most of its time.
  test("cfn-lint finds nothing in the templates of any variant", async () => {
    const zone = { domain: EVERYTHING.domain, hostedZone: "Z0123456789ABC" };
    const templates = [...Object.values(VARIANTS), zone].flatMap((settings) => {
      const { folder } = synthesise(settings);
      const files = readdirSync(folder).filter((file) => file.endsWith(".template.json"));
      expect(files.length).toBeGreaterThan(4);
      return files.map((file) => path.join(folder, file));
    });
    // W3005: the CDK lets functions depend on their role's policy, and also on the role, which they refer to anyway.
    expect(await lint("cfn-lint", "--ignore-checks", "W3005", "--", ...templates)).toBe("");
  }, 240_000);

  test("cfn-lint finds the errors of a wrong template", async () => {
    const wrong = path.join(import.meta.dirname, "..", "fixtures", "wrong.template.json");
    expect(await lint("cfn-lint", wrong)).toMatch(/E3012|E3001|E3006/);
  });

  test("hadolint finds nothing in the Dockerfiles of the worker and of the service", async () => {
    for (const folder of [path.join(ROOT, "functions", "aws", "image"), ROOT]) {
      expect(await lint("hadolint", path.join(folder, "Dockerfile"))).toBe("");
    }
  });
});
