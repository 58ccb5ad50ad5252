// What only some settings need of an account: availability zones for GPU machines, the policy of a customer managed key.
import type { QueryCall } from "./clients/query.ts";
import { checkFailed, type Finding } from "./finding.ts";

export type Requirements = {
  readonly region: string;
  readonly ec2: QueryCall;
  /** The policy of a key, as JSON. */
  readonly readKeyPolicy: (key: string) => Promise<string>;
};

/** The stacks take the first zones of the region, and CloudFormation fails where there are fewer. */
export async function checkZones({ ec2, region }: Requirements, wanted: number): Promise<Finding> {
  const subject = "availability zones";
  try {
    const input = { "Filter.1.Name": "zone-type", "Filter.1.Value.1": "availability-zone" };
    const zones = (await ec2("DescribeAvailabilityZones", input))("zoneName").length;
    const found = `${zones} in ${region}; GPU machines are to use ${wanted}`;
    if (zones >= wanted) return { subject, state: "ok", found };
    return { subject, state: "problem", found, advice: `deploy with -c unclip:zones=${zones}` };
  } catch (error) {
    return checkFailed(subject, error);
  }
}

type Statement = {
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
};

const ALL = "kms:*";
const CLOUDFRONT = "cloudfront.amazonaws.com";
const listOf = (value: string | readonly string[] = []): readonly string[] => [value].flat();

/** The roles of the functions have permissions of their own, which count only if the key's policy delegates to IAM. */
export async function checkKeyPolicy(
  { readKeyPolicy, region }: Requirements,
  account: string,
  key: string,
): Promise<Finding> {
  const subject = "key policy";
  if (key.split(":")[3] !== region) {
    return { subject, state: "problem", found: `${key} is not in ${region}`, advice: "use a key of the same region" };
  }
  try {
    const statements: readonly Statement[] = [JSON.parse(await readKeyPolicy(key)).Statement].flat();
    const allowed = (type: string, principals: readonly string[], actions: readonly string[]) =>
      statements.some(({ Effect, Principal, Action }) => {
        const named = typeof Principal === "string" ? [Principal] : listOf(Principal?.[type]);
        const matches = named.some((one) => principals.includes(one));
        return Effect === "Allow" && matches && listOf(Action).some((one) => actions.includes(one));
      });
    if (!allowed("AWS", [`arn:aws:iam::${account}:root`, account, "*"], [ALL])) {
      const advice = `add a statement that allows ${ALL} to arn:aws:iam::${account}:root, as keys of the console have`;
      return { subject, state: "problem", found: "it does not delegate to IAM", advice };
    }
    if (allowed("Service", [CLOUDFRONT], [ALL, "kms:Decrypt"])) {
      return { subject, state: "ok", found: "it delegates to IAM, and CloudFront may decrypt" };
    }
    const advice =
      "add the statement of docs/reference/deployment-settings.md (Customer managed key), unless unclip:front is off";
    return { subject, state: "warning", found: "CloudFront may not decrypt, so pictures would answer 403", advice };
  } catch (error) {
    return checkFailed(subject, error);
  }
}
