// unclip-aws doctor, as far as it works without an account.
import { expect, it, onTestFinished, vi } from "vitest";
import { run } from "../../../../functions/aws/cli/run.ts";
import { emptyFolder } from "../../../support/cli/unclip.ts";

/** No credentials: no variables, no files, no instance metadata. */
async function signOut(region: string): Promise<void> {
  const home = await emptyFolder(onTestFinished);
  const variables = {
    AWS_REGION: region,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: `${home}/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials`,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_PROFILE: undefined,
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

const runDoctor = async (...argv: string[]) => {
  const { text, failed } = await run(["doctor", "--json", ...argv]);
  return { ...JSON.parse(text), failed };
};

it("doctor reports missing credentials, and fails", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  await signOut("eu-central-1");
  const { ready, failed, findings } = await runDoctor();
  expect({ ready, failed }).toEqual({ ready: false, failed: true });
  expect(findings[0]).toMatchObject({ subject: "credentials", state: "problem" });
  expect(console.error).toHaveBeenCalledWith(expect.stringMatching(/^unclip-aws: warning: credentials: sign in first/));
});

it("doctor reports a missing region first", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  await signOut("");
  expect((await runDoctor()).findings[0]).toMatchObject({ subject: "region", state: "problem", found: "none is set" });
});

it("doctor takes no words, and a number of workers that is possible", async () => {
  await expect(run(["doctor", "here"])).rejects.toThrow(/doctor takes no words, but was given 1/);
  await expect(run(["doctor", "--workers", "0"])).rejects.toThrow(/--workers must be a whole number/);
});

it("keys takes a table, and not a folder of a local server", async () => {
  await expect(run(["keys", "list"])).rejects.toThrow(
    "keys needs a deployment or its table: --deployment NAME or --table TABLE",
  );
  await expect(run(["keys", "list", "--data", "here", "--table", "there"])).rejects.toThrow(
    /keys has no option --data/,
  );
});

it("help and version name the program unclip-aws", async () => {
  const { text } = await run(["--help"]);
  expect(text).toMatch(/^unclip-aws \d+\.\d+\.\d+: /);
  expect(text).toContain("unclip-aws COMMAND --help");
  expect((await run(["keys", "--help"])).text).toContain('unclip-aws keys create "my app" --deployment NAME');
});
