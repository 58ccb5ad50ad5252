import { describe, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../../models/tensor/safetensors.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

function file(header: unknown, dataBytes: Uint8Array = new Uint8Array(0), headerLength?: number): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerLength ?? json.length));
  return Buffer.concat([length, json, dataBytes]);
}

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const f32 = (shape: number[], begin: number, end: number) => ({ dtype: "F32", shape, data_offsets: [begin, end] });

describe("readSafetensors", () => {
  test("reads every tensor, whatever the order of the header and the alignment of the data", () => {
    const header = {
      __metadata__: { format: "pt" },
      b: f32([2, 1], 4, 12),
      a: f32([], 0, 4),
      none: f32([0, 5], 12, 12),
    };
    for (const padding of ["", " ", "  ", "   "]) {
      const tensors = readSafetensors(file(JSON.stringify(header) + padding, floats(1.5, -2, 3)));
      expect([...tensors.keys()].sort()).toEqual(["a", "b", "none"]);
      expect(tensors.get("a")).toMatchObject({ shape: [], data: Float32Array.of(1.5) });
      expect(tensors.get("b")).toMatchObject({ shape: [2, 1], data: Float32Array.of(-2, 3) });
      expect(tensors.get("none")?.shape).toEqual([0, 5]);
    }
  });

  test("copies, so the file's bytes can go", () => {
    const bytes = file({ a: f32([1], 0, 4) }, floats(1));
    const { data } = readSafetensors(bytes).get("a")!;
    bytes.fill(0);
    expect(data[0]).toBe(1);
    expect(data.buffer.byteLength).toBe(4);
  });

  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(3), "8-byte header length"],
    ["a header past the end", file({}, undefined, 1e9), "cannot be 1000000000 bytes"],
    ["no JSON", file("{oops"), "not JSON"],
    ["JSON that is no object", file("[]"), "not a JSON object"],
    ["another dtype", file({ a: { ...f32([1], 0, 4), dtype: "F16" } }, floats(1)), '"a" is F16, only F32'],
    ["a negative shape", file({ a: f32([-1], 0, 4) }, floats(1)), "no valid shape"],
    ["offsets of three", file({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4, 8] } }, floats(1)), "data_offsets"],
    ["a shape that disagrees with its offsets", file({ a: f32([2], 0, 4) }, floats(1)), "needs 8 bytes"],
    ["offsets past the end", file({ a: f32([2], 0, 8) }, floats(1)), "past the end"],
    ["overlap", file({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, floats(1, 2)), "begins at byte 4"],
    ["a gap", file({ a: f32([1], 4, 8) }, floats(1, 2)), "begins at byte 4"],
    ["a tail", file({ a: f32([1], 0, 4) }, floats(1, 2)), "4 bytes at the end"],
    ["an entry that is no object", file({ a: 1 }), "not described by an object"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(
      expect.objectContaining({ code: "INVALID_BUNDLE", message: expect.stringContaining(message) }),
    );
  });
});

describe("writeSafetensors", () => {
  test.each(["a", "ab", "decoder/3", "ä"])("writes what is read, of a tensor named %s", (name) => {
    const numbers = Float32Array.of(9, 1.5, -0, Number.MIN_VALUE);
    const tensors = new Map([
      [name, new Tensor(numbers.subarray(1), [1, 3])],
      ["one", new Tensor(Float32Array.of(Math.PI), [])],
    ]);
    const bytes = writeSafetensors(tensors);
    expect(readSafetensors(bytes)).toEqual(tensors);
    expect(Buffer.from(bytes).readBigUInt64LE(0) % 8n).toBe(0n);
  });
});
