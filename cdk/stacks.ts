// The stacks of this repository's app: one for each part of the construct.
import { type App, Stack, Validations } from "aws-cdk-lib";
import { NagRules } from "./nag.ts";
import { PARTS } from "./parts.ts";
import { settingsFromContext } from "./settings.ts";
import { Unclip } from "./unclip.ts";

/**
 * Reads the settings from the app's context. Every finding of cdk-nag that is not acknowledged fails the synthesis.
 * Throws ConfigError.
 */
export function makeStacks(app: App, codeFolder?: string): Unclip {
  const settings = settingsFromContext(app.node.getAllContext());
  Validations.of(app).addPlugins(new NagRules(app));
  return new Unclip(app, "Unclip", {
    ...settings,
    ...(codeFolder !== undefined && { codeFolder }),
    place: (part) => ({
      scope: new Stack(app, `${settings.name}-${part.toLowerCase()}`, { description: `unclip: ${PARTS[part]}` }),
      // "Default" adds nothing to logical ids: they start at the stack.
      id: "Default",
    }),
  });
}
