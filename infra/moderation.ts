// The content hook: an owner's word on what may be drawn. Off unless configured; this deny list is its plainest form.

export type ContentHook = {
  /** Why a prompt is refused, for the one who asked; undefined lets it pass. */
  readonly prompt: (text: string) => Promise<string | undefined>;
  /** Why a picture (PNG) is held back; undefined lets it pass. */
  readonly picture?: (png: Uint8Array) => Promise<string | undefined>;
};

/** Refuses prompts that hold one of the words or phrases, whole, in whatever case, width or accents they are written. */
export function denyList(words: readonly string[]): ContentHook {
  const phrases = words.map(plain).filter((phrase) => phrase !== " ");
  return {
    prompt: async (text) => {
      const told = plain(text);
      return phrases.some((phrase) => told.includes(phrase))
        ? "The prompt holds a word that is not allowed here."
        : undefined;
    },
  };
}

/** Letters and digits only, words between single spaces: " a b " */
function plain(text: string): string {
  const bare = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return ` ${bare.replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `.replace(/ {2,}/g, " ");
}
