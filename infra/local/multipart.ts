// Reads a multipart/form-data body incrementally, so that a file is read only after the fields before it were checked.
// The runtime's formData() buffers the whole body, of any size, first.

type Form = {
  /** The fields before `file`. */
  readonly fields: ReadonlyMap<string, string>;
  /** Reads the file, buffering at most `maxBytes`. Throws FormError. */
  file(maxBytes: number): Promise<Uint8Array>;
};

/** MALFORMED: not a valid form, or truncated. TOO_LARGE: the file exceeds the limit. */
export class FormError extends Error {
  readonly code: "MALFORMED" | "TOO_LARGE";

  constructor(code: "MALFORMED" | "TOO_LARGE", message: string) {
    super(message);
    this.name = "FormError";
    this.code = code;
  }
}

/** Limits of the fields before the file. */
const MAX_FIELDS = 20;
const MAX_FIELD_BYTES = 8192;

const BREAK = "\r\n";

/** Reads up to the field `file`. Throws FormError. */
export async function readForm(type: string, chunks: AsyncIterator<Uint8Array>): Promise<Form> {
  const [, quoted, plain] = /^multipart\/form-data;.*boundary=(?:"([^"]{1,70})"|([^";\s]{1,70}))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new FormError("MALFORMED", "The body is not multipart/form-data");
  const delimiter = Buffer.from(`${BREAK}--${boundary}`);
  const until = createReader(chunks);
  const fields = new Map<string, string>();
  await until(delimiter, 0);
  while (fields.size <= MAX_FIELDS) {
    // After the last delimiter the body ends, without another header.
    const head = (await until(Buffer.from(BREAK + BREAK), MAX_FIELD_BYTES)).toString();
    const name = /^content-disposition:.*[;\s]name="([^"]*)"/im.exec(head)?.[1];
    if (name === undefined) break;
    if (name === "file") return { fields, file: (maxBytes) => until(delimiter, maxBytes, "TOO_LARGE") };
    fields.set(name, (await until(delimiter, MAX_FIELD_BYTES)).toString());
  }
  throw new FormError("MALFORMED", "The form has a part without a name, or too many parts");
}

/**
 * Creates a function that reads up to and including `delimiter`, and returns what comes before it. More than `max` bytes
 * before the delimiter throw a FormError with `code`.
 */
function createReader(chunks: AsyncIterator<Uint8Array>) {
  // The body begins with a delimiter without line break. With it, the first delimiter is like the others.
  let buffered: Buffer = Buffer.from(BREAK);
  return async (delimiter: Buffer, max: number, code: FormError["code"] = "MALFORMED"): Promise<Buffer> => {
    // The operating system allocates only the pages that are written, so a small file uses little memory.
    const read = Buffer.allocUnsafe(max);
    let length = 0;
    for (;;) {
      const found = buffered.indexOf(delimiter);
      // The last bytes may be the beginning of a delimiter.
      const certain = found >= 0 ? found : Math.max(0, buffered.length - delimiter.length + 1);
      if (length + certain > max) throw new FormError(code, `More than the allowed ${max} bytes`);
      length += buffered.copy(read, length, 0, certain);
      buffered = buffered.subarray(found >= 0 ? found + delimiter.length : certain);
      if (found >= 0) return read.subarray(0, length);
      // A body that cannot be read to its end was cut off by the client.
      const { value, done } = await chunks.next().catch(() => ({ value: undefined, done: true as const }));
      if (done) throw new FormError("MALFORMED", "The form ends too early, or has no file");
      buffered = Buffer.concat([buffered, value]);
    }
  };
}
