// The commits of the hub's repositories that `unclip import MODEL --revision` names.
import { usageError } from "../arguments.ts";
import { type Family, nameOf, repositoriesOf } from "./families.ts";

export type Revisions = ReadonlyMap<string, string>;

/** By the names of repositories without their owner. `family`: undefined for folders. Throws INVALID_REQUEST. */
export function parseRevisions(text: string | undefined, family: Family | undefined): Revisions {
  if (text === undefined) return new Map();
  if (family === undefined) throw usageError("--revision is for models that are downloaded by their name");
  const known = repositoriesOf(family).map(nameOf);
  return new Map(
    text.split(",").map((each) => {
      const [name, revision] = each.trim().split("=");
      if (known.includes(name!) && revision) return [name!, revision];
      const must = known.map((one) => `${one}=COMMIT`).join(",");
      throw usageError(`--revision must be ${must}, or a part of it, not ${each.trim()}`);
    }),
  );
}
