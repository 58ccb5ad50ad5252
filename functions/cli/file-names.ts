// How files are named. Pure.

/** Long enough for most captions, short enough for every file system (255 bytes, four a letter). */
const LONGEST = 56;

/** "A red apple, on blue!" -> "a-red-apple-on-blue". Letters of every script stay. */
export function slug(text: string): string {
  const words =
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const [first = "picture", ...rest] = words;
  const fits = rest.reduce((name, word) => (name.length + word.length < LONGEST ? `${name}-${word}` : name), first);
  return Array.from(fits).slice(0, LONGEST).join("");
}

/** "photos/My cat.JPG" -> "my-cat". */
export function stemOf(path: string): string {
  return slug(path.replace(/^.*[\\/]/, "").replace(/(?<=.)\.[^.]*$/, ""));
}

export type Names = {
  readonly pictures: readonly string[];
  readonly sheet?: string;
  readonly animation?: string;
};

/** What there is to name. */
export type Made = {
  readonly count: number;
  /** In place of 1, 2, 3. */
  readonly labels?: readonly number[] | undefined;
  readonly sheet: boolean;
  readonly animation?: string | undefined;
};

/** One picture is BASE.png; several are BASE-1.png, BASE-2.png (or BASE-LABEL.png) and BASE-sheet.png. */
export function namesFor(base: string, { count, labels, sheet, animation }: Made): Names {
  // Leading zeros, so that files sort as frames follow each other.
  const digits = String(count).length;
  const numbers = labels ?? Array.from({ length: count }, (_, i) => String(i + 1).padStart(digits, "0"));
  return {
    pictures: count === 1 ? [`${base}.png`] : numbers.map((number) => `${base}-${number}.png`),
    ...(sheet && { sheet: `${base}-sheet.png` }),
    ...(animation !== undefined && { animation: `${base}.${animation}` }),
  };
}
