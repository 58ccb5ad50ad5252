import type { Submission } from "../state/requests.ts";
import { type Place, quote } from "./operations.ts";

type End = { readonly image?: string; readonly prompt?: string };

/** The command line reads pictures from files, so it has file names where the request has ids. */
export function commandLine({ verb, input }: Submission, { origin, hasKey }: Place): string {
  const { prompt, image, between, ...options } = input;
  const words = [verb as string];
  if (typeof prompt === "string") words.push(quote(prompt));
  if (image !== undefined) words.push("picture.png");
  for (const [i, end] of ((between ?? []) as readonly End[]).entries())
    words.push(end.prompt === undefined ? `picture-${i + 1}.png` : quote(end.prompt));
  const flags = Object.entries(options).map(([name, value]) => `--${name} ${flagValue(name, value)}`);
  const place = `--url ${origin}/graphql`;
  const key = hasKey ? ["UNCLIP_KEY=unclip_... \\\n"] : [];
  return [...key, `unclip ${words.join(" ")} \\\n  ${flags.join(" ")} \\\n  ${place}`].join("");
}

/** The names of GraphQL's enums are in capitals. */
function flagValue(name: string, value: unknown): string {
  if (typeof value !== "string") return String(value);
  return name === "preset" || name === "animate" ? value.toLowerCase() : quote(value);
}
