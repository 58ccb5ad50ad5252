// unclip doctor, as far as it goes without an account.
import { expect, it, onTestFinished, vi } from "vitest";
import { run } from "../../../functions/cli/run.ts";
import { emptyFolder } from "../../support/cli/unclip.ts";

const signal = new AbortController().signal;

/** Nobody is signed in: no variables, no files, no machine of Amazon's that would lend its own rights. */
async function signedOut(region: string): Promise<void> {
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

const told = async (...argv: string[]) => {
  const { text, failed } = await run(["doctor", "--aws", "--json", ...argv], signal);
  return { ...JSON.parse(text), failed };
};

it("says that nobody is signed in, and fails", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  await signedOut("eu-central-1");
  const { ready, failed, findings } = await told();
  expect({ ready, failed }).toEqual({ ready: false, failed: true });
  expect(findings[0]).toMatchObject({ what: "credentials", state: "problem" });
  expect(console.error).toHaveBeenCalledWith(expect.stringMatching(/^unclip: warning: credentials: sign in first/));
});

it("asks for a region first", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  await signedOut("");
  expect((await told()).findings[0]).toMatchObject({ what: "region", state: "problem", found: "none is set" });
});

it("is told what it looks at, and how many workers there can be", async () => {
  await expect(run(["doctor"], signal)).rejects.toThrow(/doctor --aws; for this machine, "unclip info"/);
  await expect(run(["doctor", "--aws", "--workers", "0"], signal)).rejects.toThrow(/--workers must be a whole number/);
});

it("keys of a table and keys of a folder are not the same place", async () => {
  const both = ["keys", "list", "--data", "here", "--table", "there"];
  await expect(run(both, signal)).rejects.toThrow(/in a folder \(--data\) or in a table \(--table\)/);
});
