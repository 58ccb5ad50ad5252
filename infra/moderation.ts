// The content hook: the owner's rules for prompts and pictures. Off unless configured. A deny list is its simplest form.

export type ContentHook = {
  /** Returns why the prompt is refused, as a message for the caller, or undefined to accept it. */
  readonly prompt: (text: string) => Promise<string | undefined>;
  /** Returns why the picture (PNG) is withheld, or undefined to accept it. */
  readonly picture?: (png: Uint8Array) => Promise<string | undefined>;
};

/**
 * Refuses prompts that contain one of the words, phrases or emoji as a whole, ignoring case, width and accents. An emoji is not
 * compared with its name, which the model knows.
 */
export function createDenyList(words: readonly string[]): ContentHook {
  const phrases = words.map(normalize).filter((phrase) => phrase !== " ");
  return {
    prompt: async (text) => {
      const normalized = normalize(text);
      return phrases.some((phrase) => normalized.includes(phrase))
        ? "The prompt contains a word that is not allowed here."
        : undefined;
    },
  };
}

/** Letters, digits and emoji only, as words between single spaces, each emoji a word: " a b " */
function normalize(text: string): string {
  const bare = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = bare.match(/[\p{L}\p{N}]+|\p{Extended_Pictographic}/gu) ?? [];
  return `${words.map((word) => ` ${word}`).join("")} `;
}
