// The records of one request: what its pictures, contact sheet and animation carry in their files.
import { createHash } from "node:crypto";
import type { Provenance, Verb } from "../metadata/provenance.ts";
import type { Info } from "../types.ts";
import { VERSION } from "../version.ts";

export type Records = {
  /** Of the contact sheet and the animation. */
  readonly all: Provenance;
  /** Of the picture at `index`: the request that draws it alone, so that it is the same in every batch; or its frame. */
  readonly picture: (index: number, seed: number) => Provenance;
};

export function createRecords({ name, version }: Pick<Info, "name" | "version">, verb: Verb, input: object): Records {
  const request = withDigests(input) as Record<string, unknown>;
  const all: Provenance = { version: VERSION, model: { name, version }, verb, request };
  return {
    all,
    picture: (index, seed) => {
      const { count, dimensions, ...others } = request;
      if (count !== undefined) return { ...all, request: { ...others, seed } };
      if (Array.isArray(dimensions)) return { ...all, request: { ...others, dimensions: [dimensions[index]] } };
      return { ...all, frame: index };
    },
  };
}

/** A digest in place of every picture and embedding. */
function withDigests(value: unknown, name = ""): unknown {
  if (value instanceof Uint8Array) return digest(value);
  if (name === "embedding") return digest(JSON.stringify(value));
  if (Array.isArray(value)) return value.map((item) => withDigests(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withDigests(member, key)]));
}

function digest(bytes: Uint8Array | string): { readonly sha256: string } {
  return { sha256: createHash("sha256").update(bytes).digest("hex") };
}
