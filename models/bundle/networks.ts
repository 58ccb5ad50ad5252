// The networks in bundle.json. Each declares exactly the inputs and outputs that its stage feeds and reads.
import { AT_LEAST_ONE, type Fields } from "../fields.ts";

type DataType = "float32" | "int32";

/** A length, or the name of an axis of any length: "n" is the batch. Axes of one name have one length in every pass. */
type Axis = number | string;

export type TensorSpec = { readonly dtype: DataType; readonly shape: readonly Axis[] };

/** The type of most of a network's weights. */
export type Precision = "fp32" | "fp16";

export type NetworkSpec = {
  readonly file: string;
  readonly precision?: Precision;
  /** Bytes of the activations of a pass for pictures of some sizes, rising. Undefined where they are not known. */
  readonly activations?: readonly { readonly size: number; readonly bytes: number }[] | undefined;
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
};

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
    activations: fields.maybe("activations", (key) => readActivations(fields, key)),
    inputs: readTensors(inputs, { ...expected.inputs, ...Object.fromEntries(optional) }),
    outputs: readTensors(fields.object("outputs"), expected.outputs),
  };
}

function readActivations(fields: Fields, key: string): NonNullable<NetworkSpec["activations"]> {
  let before = { size: 0, bytes: 0 };
  return fields.list(key, AT_LEAST_ONE, (items, item) => {
    const entry = items.object(item).only(["size", "bytes"]);
    const rising = (name: "size" | "bytes") => entry.integer(name, { ...AT_LEAST_ONE, min: before[name] + 1 });
    before = { size: rising("size"), bytes: rising("bytes") };
    return before;
  });
}

/** The length of one axis of an output, for lengths that are the network's own, such as the width of text states. */
export function readLength(network: Fields, output: string, axes: number, axis: number): number {
  const tensor = network.object("outputs").object(output);
  return tensor.list("shape", { min: axes, max: axes }, (items, item, index) =>
    index === axis ? items.integer(item, AT_LEAST_ONE) : 0,
  )[axis]!;
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

export function float(...shape: Axis[]): TensorSpec {
  return { dtype: "float32", shape };
}

export function int(...shape: Axis[]): TensorSpec {
  return { dtype: "int32", shape };
}
