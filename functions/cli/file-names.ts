// Names of output files. Pure.

/** In characters: enough for most captions, and within the 255 bytes of file systems at 4 bytes per character. */
const MAX_LENGTH = 56;

/** "A red apple, on blue!" -> "a-red-apple-on-blue". Keeps letters of every script. */
export function slug(text: string): string {
  const words =
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const [first = "picture", ...rest] = words;
  const fits = rest.reduce((name, word) => (name.length + word.length < MAX_LENGTH ? `${name}-${word}` : name), first);
  return Array.from(fits).slice(0, MAX_LENGTH).join("");
}

/** "photos/My cat.JPG" -> "my-cat". */
export function stemOf(path: string): string {
  return slug(path.replace(/^.*[\\/]/, "").replace(/(?<=.)\.[^.]*$/, ""));
}

export type FileNames = {
  readonly pictures: readonly string[];
  readonly sheet?: string;
  readonly animation?: string;
};

/** The files to name. */
type NamedFiles = {
  readonly count: number;
  /** Replace 1, 2, 3. */
  readonly labels?: readonly number[] | undefined;
  readonly sheet: boolean;
  readonly animation?: string | undefined;
};

/** One picture is BASE.png; several are BASE-1.png, BASE-2.png (or BASE-LABEL.png) and BASE-sheet.png. */
export function namesFor(base: string, { count, labels, sheet, animation }: NamedFiles): FileNames {
  // Leading zeros, so that files sort in the order of frames.
  const digits = String(count).length;
  const numbers = labels ?? Array.from({ length: count }, (_, i) => String(i + 1).padStart(digits, "0"));
  return {
    pictures: count === 1 ? [`${base}.png`] : numbers.map((number) => `${base}-${number}.png`),
    ...(sheet && { sheet: `${base}-sheet.png` }),
    ...(animation !== undefined && { animation: `${base}.${animation}` }),
  };
}
