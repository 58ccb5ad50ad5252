// The pages that may read pictures and send uploads across origins.
import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Settings } from "./settings.ts";

/**
 * The listed origins, and the service's own. Without a custom domain its name is not known before the bucket exists, so every
 * name that AWS generates is allowed: a signed URL or form is what gives access, to programs as well.
 */
export function pageOrigins(scope: Construct, { cors, domain, front }: Settings): readonly string[] {
  const { region, urlSuffix } = Stack.of(scope);
  const generated = front ? "https://*.cloudfront.net" : `https://*.execute-api.${region}.${urlSuffix}`;
  return [...new Set([...cors, domain ? `https://${domain.name}` : generated])];
}
