// The captions of one request: read as the model knows them, settled where they leave something open, warned of where the
// model does not follow.

import type { Place } from "../bundle/scenes.ts";
import { type Caption, encodeText, type TextEncoder } from "../clip/encode.ts";
import { formatList } from "../clip/vocabulary.ts";
import type { SceneParser } from "../scene/parse.ts";
import type { Warning } from "../types.ts";
import type { Call } from "./call.ts";

/** What one picture is to show. */
export type PicturePlan = {
  readonly seed: number;
  /** One thing, or two that are drawn apart. */
  readonly things: readonly Caption[];
  /** Where the first of two things stands. */
  readonly first?: Place | undefined;
  /** All of it in one caption. */
  readonly whole: Caption;
};

export class Captions {
  readonly #call: Call;
  readonly #encoder: TextEncoder;
  readonly #scenes: SceneParser | undefined;
  readonly #encoded = new Map<string, Promise<Caption>>();

  /** Without scenes every caption is taken as it stands. */
  constructor(call: Call, encoder: TextEncoder, scenes: SceneParser | undefined) {
    this.#call = call;
    this.#encoder = encoder;
    this.#scenes = scenes;
  }

  /** z_t and the text states; warns when the text did not fit, and of words that the model was never taught. */
  async read(text: string): Promise<Caption> {
    const caption = await this.#encode(text);
    if (caption.truncated !== undefined) {
      const message = `The caption is longer than the model reads; it did not see ${JSON.stringify(caption.truncated)}`;
      this.#warn({ code: "CAPTION_CUT", message });
    }
    const { unknown, leavesOut } = caption.reading;
    if (unknown.length > 0) {
      const message = `The model was never taught ${formatList(unknown)}; it ${leavesOut ? "reads the rest" : "guesses"}`;
      this.#warn({ code: "UNKNOWN_WORDS", message });
    }
    return caption;
  }

  /** Warns as `read` of what the prior will be given. */
  async plan(prompt: string, seed: number): Promise<PicturePlan> {
    const { unknown, leavesOut } = (await this.#encode(prompt)).reading;
    // Of a caption without a word that was taught, what is added for the seed would be all that is read.
    const strange = unknown.length > 0 && !leavesOut;
    const scene = (strange ? undefined : this.#scenes?.read(prompt, seed)) ?? { whole: prompt, things: [] };
    // Nor is it to push out what was asked.
    const settled = await this.#encode(scene.whole);
    const whole = settled.truncated === undefined ? settled : await this.#encode(prompt);
    const texts = scene.things.length > 0 ? scene.things : [whole.text];
    const things: Caption[] = [];
    for (const text of texts) things.push(await this.read(text));
    return { seed, whole, things, first: scene.first };
  }

  /** Each text once a request. */
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
