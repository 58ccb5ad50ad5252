// The networks in bundle.json. Each declares exactly the inputs and outputs that its stage feeds and reads.
import type { Fields } from "../fields.ts";
import type { NetworkSpec, TensorSpec } from "./spec.ts";

export type Expected = Readonly<Record<string, TensorSpec>>;

/** Reads a file name. Throws INVALID_BUNDLE when `files` does not list it. */
export type FileOf = (fields: Fields, key: string) => string;

/** Throws INVALID_BUNDLE unless exactly `expected` is declared; `optional` inputs may be declared too. */
export function readNetwork(
  fields: Fields,
  file: FileOf,
  expected: { inputs: Expected; optional?: Expected; outputs: Expected },
): NetworkSpec {
  const inputs = fields.object("inputs");
  const optional = Object.entries(expected.optional ?? {}).filter(([name]) => inputs.has(name));
  return {
    file: file(fields, "file"),
    precision: fields.maybe("precision", (key) => fields.choice(key, ["fp32", "fp16"])),
    inputs: readTensors(inputs, { ...expected.inputs, ...Object.fromEntries(optional) }),
    outputs: readTensors(fields.object("outputs"), expected.outputs),
  };
}

function readTensors(fields: Fields, expected: Expected): Expected {
  fields.only(Object.keys(expected));
  for (const [name, { dtype, shape }] of Object.entries(expected)) {
    const tensor = fields.object(name);
    tensor.choice("dtype", [dtype]);
    tensor.list("shape", { min: shape.length, max: shape.length }, (items, axis, index) =>
      items.choice(axis, [shape[index]!]),
    );
  }
  return expected;
}

export function float(...shape: (number | "n")[]): TensorSpec {
  return { dtype: "float32", shape };
}

export function int(...shape: (number | "n")[]): TensorSpec {
  return { dtype: "int32", shape };
}
