import { UnclipError } from "../errors.ts";
import { sizeOf, Tensor } from "./tensor.ts";

/** The format's own limit: a forged length must not lead to gigabytes of JSON being parsed. */
const MAX_HEADER_BYTES = 100_000_000;

interface Entry {
  name: string;
  shape: number[];
  begin: number;
  end: number;
}

/**
 * Reads a .safetensors file (github.com/huggingface/safetensors: u64 header length, JSON header, packed data).
 * Only F32 is supported. Throws INVALID_BUNDLE unless the tensors cover the data exactly: no gap, no overlap, no tail.
 */
export function readSafetensors(bytes: Uint8Array): Map<string, Tensor> {
  const { header, dataStart } = readHeader(bytes);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => readEntry(name, value))
    .sort((one, other) => one.begin - other.begin || one.end - other.end);

  const tensors = new Map<string, Tensor>();
  let covered = 0;
  for (const { name, shape, begin, end } of entries) {
    if (begin !== covered) throw invalid(`"${name}" begins at byte ${begin} of the data, expected ${covered}`);
    if (dataStart + end > bytes.length) throw invalid(`"${name}" ends past the end of the file`);
    // Copied, because the data need not be aligned to 4 bytes. The format and every machine we run on are little-endian.
    const data = new Float32Array(new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end)).buffer);
    tensors.set(name, new Tensor(data, shape));
    covered = end;
  }
  if (dataStart + covered !== bytes.length) {
    throw invalid(`${bytes.length - dataStart - covered} bytes at the end belong to no tensor`);
  }
  return tensors;
}

/** Writes the format that readSafetensors reads. */
export function writeSafetensors(tensors: ReadonlyMap<string, Tensor>): Uint8Array<ArrayBuffer> {
  const entries: Record<string, unknown> = {};
  let covered = 0;
  for (const [name, { data, shape }] of tensors) {
    entries[name] = { dtype: "F32", shape, data_offsets: [covered, covered + data.byteLength] };
    covered += data.byteLength;
  }
  const json = JSON.stringify(entries);
  // The format aligns the data to 8 bytes, with spaces after the header.
  const header = new TextEncoder().encode(json + " ".repeat(-Buffer.byteLength(json) & 7));
  const bytes = new Uint8Array(8 + header.length + covered);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  let at = 8 + header.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) throw invalid("it is shorter than its 8-byte header length");
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > Math.min(bytes.length - 8, MAX_HEADER_BYTES)) throw invalid(`its header cannot be ${length} bytes long`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (cause) {
    throw invalid("its header is not JSON", cause);
  }
  if (!isRecord(header)) throw invalid("its header is not a JSON object");
  return { header, dataStart: 8 + length };
}

function readEntry(name: string, value: unknown): Entry {
  if (!isRecord(value)) throw invalid(`"${name}" is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== "F32") throw invalid(`"${name}" is ${String(dtype)}, only F32 is read`);
  if (!isCounts(shape)) throw invalid(`"${name}" has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2) throw invalid(`"${name}" has no valid data_offsets`);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== sizeOf(shape) * 4) {
    throw invalid(
      `"${name}" of shape [${shape}] needs ${sizeOf(shape) * 4} bytes, its data_offsets span ${end - begin}`,
    );
  }
  return { name, shape, begin, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function invalid(problem: string, cause?: unknown): UnclipError {
  return new UnclipError("INVALID_BUNDLE", `Not a usable safetensors file: ${problem}`, { cause });
}
