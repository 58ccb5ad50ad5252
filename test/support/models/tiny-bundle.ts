// The tiny random bundle, and spoilt copies of it.
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const TINY = fileURLToPath(new URL("../../bundles/tiny", import.meta.url));

type Json = { [key: string]: unknown };

/** A copy of the bundle for the running test; `changes` of its bundle.json by path ("decoder.size"), undefined to leave a key out. */
export const copyOfTiny = (changes: Json = {}): Promise<string> => copyOf(TINY, changes);

export async function copyOf(bundle: string, changes: Json = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "unclip-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(bundle, folder, { recursive: true });
  const path = join(folder, "bundle.json");
  const json: Json = JSON.parse(await readFile(path, "utf8"));
  for (const [place, value] of Object.entries(changes)) {
    const keys = place.split(".");
    const last = keys.pop()!;
    keys.reduce((at, key) => at[key] as Json, json)[last] = value;
  }
  await writeFile(path, JSON.stringify(json));
  return folder;
}

/** Writes a file of a copy, and its new size and digest into bundle.json. */
export async function replaceFile(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, "bundle.json");
  const json = JSON.parse(await readFile(path, "utf8"));
  json.files[name] = { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
  await writeFile(path, JSON.stringify(json));
  await writeFile(join(folder, name), bytes);
}

/** A copy whose decoder has 10^12 bytes, of which the disk holds nearly none. */
export async function hugeTiny(): Promise<string> {
  const folder = await copyOfTiny();
  const path = join(folder, "bundle.json");
  const json = JSON.parse(await readFile(path, "utf8"));
  json.files["decoder.onnx"].bytes = 1e12;
  await writeFile(path, JSON.stringify(json));
  await truncate(join(folder, "decoder.onnx"), 1e12);
  return folder;
}

/** A copy in which one tensor is NaN, and whose digests are right again. */
export async function poisonedTiny(tensor: string): Promise<string> {
  const bytes = await readFile(join(TINY, "tensors.safetensors"));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerLength));
  const [begin, end] = header[tensor].data_offsets;
  for (let at = begin; at < end; at += 4) bytes.writeFloatLE(Number.NaN, 8 + headerLength + at);
  const folder = await copyOfTiny();
  await replaceFile(folder, "tensors.safetensors", bytes);
  return folder;
}
