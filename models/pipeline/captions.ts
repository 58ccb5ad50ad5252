// The captions of one request: what each picture shows, encoded by CLIP, with warnings about what the model does not read.
import type { Place } from "../bundle/scenes.ts";
import { type Caption, encodeText, type TextEncoder } from "../clip/encode.ts";
import { formatList } from "../clip/vocabulary.ts";
import type { SceneParser } from "../scene/parse.ts";
import type { Warning } from "../types.ts";
import type { Call } from "./call.ts";

/** What one picture shows. */
export type PicturePlan = {
  readonly seed: number;
  /** One caption, or one for each of two things that are drawn separately. */
  readonly things: readonly Caption[];
  /** Where the first of two things stands. */
  readonly first?: Place | undefined;
  /** The caption of the whole picture. */
  readonly whole: Caption;
};

export class Captions {
  readonly #call: Call;
  readonly #encoder: TextEncoder;
  readonly #scenes: SceneParser | undefined;
  readonly #encoded = new Map<string, Promise<Caption>>();

  /** Without `scenes` every caption is used verbatim. */
  constructor(call: Call, encoder: TextEncoder, scenes: SceneParser | undefined) {
    this.#call = call;
    this.#encoder = encoder;
    this.#scenes = scenes;
  }

  /** z_t and the text states. Warns when the text is cut (CAPTION_CUT) or has words the model does not know (UNKNOWN_WORDS). */
  async encode(text: string): Promise<Caption> {
    const caption = await this.#encode(text);
    if (caption.truncated !== undefined) {
      const message = `The caption is longer than the model reads; it did not see ${JSON.stringify(caption.truncated)}`;
      this.#warn({ code: "CAPTION_CUT", message });
    }
    const { unknown, leavesOut, isEmpty } = caption.reading;
    if (isEmpty && text !== "") {
      const message = `The model reads no word in ${formatList([text])}; what it draws is left to the seed`;
      this.#warn({ code: "UNKNOWN_WORDS", message });
    }
    if (unknown.length > 0) {
      const message = `The model was not trained on ${formatList(unknown)}; it ${leavesOut ? "reads the rest" : "guesses"}`;
      this.#warn({ code: "UNKNOWN_WORDS", message });
    }
    return caption;
  }

  /** The seed chooses what the prompt leaves open. Warns as `encode` about the captions that the prior gets. */
  async plan(prompt: string, seed: number): Promise<PicturePlan> {
    const { named, reading } = await this.#encode(prompt);
    const { unknown, leavesOut, isEmpty } = reading;
    // A prompt without any known word is used verbatim: the attributes chosen by the seed would be all that is read.
    const isUnread = isEmpty || (unknown.length > 0 && !leavesOut);
    const scene = (isUnread ? undefined : this.#scenes?.read(named, seed)) ?? { whole: named, things: [] };
    // Nor may those attributes push words of the prompt out of the context.
    const completed = await this.#encode(scene.whole);
    const whole = completed.truncated === undefined ? completed : await this.#encode(named);
    const texts = scene.things.length > 0 ? scene.things : [whole.text];
    const things: Caption[] = [];
    for (const text of texts) things.push(await this.encode(text));
    return { seed, whole, things, first: scene.first };
  }

  /** Encodes each text once. */
  #encode(text: string): Promise<Caption> {
    const encoded = this.#encoded.get(text) ?? this.#call.timed("clip", () => encodeText(this.#encoder, text));
    this.#encoded.set(text, encoded);
    return encoded;
  }

  #warn(warning: Warning): void {
    const { warnings } = this.#call;
    if (!warnings.some(({ message }) => message === warning.message)) warnings.push(warning);
  }
}
