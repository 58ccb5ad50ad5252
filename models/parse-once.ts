// Parsers that recognise their own results, so that layers which each take input or a parsed request parse it only once.

declare const parsed: unique symbol;

/** What a parser returned: every default is filled in, every limit checked. Frozen. */
export type Parsed<Fields> = Fields & { readonly [parsed]: true };

export type Parser<Fields> = {
  /** Throws what `read` throws. Returns a request that this parser returned before as it is. */
  (input: unknown): Parsed<Fields>;
  /** Accepts a request that this parser returned in another thread: a structured clone is another object. */
  adopt(request: unknown): Parsed<Fields>;
};

export function parseOnce<Fields extends object>(read: (input: unknown) => Fields): Parser<Fields> {
  const known = new WeakSet<object>();
  const adopt = (request: Fields) => {
    known.add(Object.freeze(request));
    return request as Parsed<Fields>;
  };
  const isKnown = (input: unknown): input is Parsed<Fields> => known.has(input as object);
  const parse = (input: unknown) => (isKnown(input) ? input : adopt(read(input)));
  return Object.assign(parse, { adopt: (request: unknown) => adopt(request as Fields) });
}
