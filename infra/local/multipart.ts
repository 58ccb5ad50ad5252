// Reads a form (multipart/form-data) part by part as it comes in, so that what its fields do not allow is never read.
// The runtime's own formData() holds a whole body of any size before anything can be checked.

export type Form = {
  /** Of the parts before `file`. */
  readonly fields: ReadonlyMap<string, string>;
  /** The file, of which no more than so many bytes are ever held. Throws FormError. */
  file(maxBytes: number): Promise<Uint8Array>;
};

/** MALFORMED: no such form, or cut off. TOO_LARGE: a file of more bytes than allowed. */
export class FormError extends Error {
  readonly code: "MALFORMED" | "TOO_LARGE";

  constructor(code: "MALFORMED" | "TOO_LARGE", message: string) {
    super(message);
    this.name = "FormError";
    this.code = code;
  }
}

/** Limits of what comes before the file. */
const MAX_FIELDS = 20;
const MAX_FIELD_BYTES = 8192;

const BREAK = "\r\n";

/** Reads up to the part `file`. Throws FormError. */
export async function readForm(type: string, chunks: AsyncIterator<Uint8Array>): Promise<Form> {
  const [, quoted, plain] = /^multipart\/form-data;.*boundary=(?:"([^"]{1,70})"|([^";\s]{1,70}))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new FormError("MALFORMED", "The body is not multipart/form-data");
  const border = Buffer.from(`${BREAK}--${boundary}`);
  const until = reader(chunks);
  const fields = new Map<string, string>();
  await until(border, 0);
  while (fields.size <= MAX_FIELDS) {
    // Behind the last border comes the end of the body instead of a head.
    const head = (await until(Buffer.from(BREAK + BREAK), MAX_FIELD_BYTES)).toString();
    const name = /^content-disposition:.*[;\s]name="([^"]*)"/im.exec(head)?.[1];
    if (name === undefined) break;
    if (name === "file") return { fields, file: (maxBytes) => until(border, maxBytes, "TOO_LARGE") };
    fields.set(name, (await until(border, MAX_FIELD_BYTES)).toString());
  }
  throw new FormError("MALFORMED", "The form has a part without a name, or too many");
}

/** A function that reads up to a mark, and past it; `over` is what more than `max` bytes before it are. */
function reader(chunks: AsyncIterator<Uint8Array>) {
  // So that the first border, which begins the body, is one like the others.
  let held: Buffer = Buffer.from(BREAK);
  return async (mark: Buffer, max: number, over: FormError["code"] = "MALFORMED"): Promise<Buffer> => {
    // Memory that is not written to is not there: a small file costs no more than it is.
    const read = Buffer.allocUnsafe(max);
    let length = 0;
    for (;;) {
      const found = held.indexOf(mark);
      // At the end of what is here a mark may have begun.
      const sure = found >= 0 ? found : Math.max(0, held.length - mark.length + 1);
      if (length + sure > max) throw new FormError(over, `More than the allowed ${max} bytes`);
      length += held.copy(read, length, 0, sure);
      held = held.subarray(found >= 0 ? found + mark.length : sure);
      if (found >= 0) return read.subarray(0, length);
      // What cannot be read to its end was cut off by its sender.
      const { value, done } = await chunks.next().catch(() => ({ value: undefined, done: true as const }));
      if (done) throw new FormError("MALFORMED", "The form ends too early, or has no file");
      held = Buffer.concat([held, value]);
    }
  };
}
