// What a caption shows: one thing or two, and what it leaves open. A prior that is guided towards its caption gives the most
// typical picture of it, so what a caption does not say is the same in every drawing; and one z_i holds two things badly
// (paper 7, and docs/reports/model-card.md). So both are settled before the prior is asked: what is open is chosen by the seed, as
// training chose it, and each of two things gets a z_i of its own.

import type { AttributeSpec, Place, ScenesSpec } from "../bundle/scenes.ts";
import { clean } from "../clip/clean-text.ts";

export type Scene = {
  /** All of it in one caption. */
  readonly whole: string;
  /** A caption for each of two things; none where the picture is drawn from the whole. */
  readonly things: readonly string[];
  /** Where the first of two things stands. */
  readonly first?: Place;
};

type Relation = {
  readonly first: Place;
  readonly pattern: RegExp;
  /** How the model was taught to say it. */
  readonly phrase: string;
};
type Attribute = Pick<AttributeSpec, "values" | "alone"> & {
  /** A value in one of the places where it can be taken out: "in flat style", ", flat style". */
  readonly named: RegExp;
  readonly noun: RegExp;
  readonly value: RegExp;
};

export class SceneParser {
  readonly #attributes: readonly Attribute[];
  readonly #relations: readonly Relation[];

  constructor({ attributes, relations }: ScenesSpec) {
    this.#attributes = attributes.map(({ noun: word, alone, values }) => {
      const value = `(?:${[...values.keys()].map(escaped).join("|")})`;
      const noun = escaped(word);
      const before = "(?:^|,| (?:in|on|with|against)(?= )) ?(?:(?:an?|the) )?";
      return {
        alone,
        values,
        named: new RegExp(String.raw`${before}(?<value>${value}) ${noun}\b`, "u"),
        noun: new RegExp(String.raw`\b${noun}\b`, "u"),
        value: new RegExp(String.raw`\b${value}\b`, "u"),
      };
    });
    this.#relations = relations.flatMap(({ first, phrases }) =>
      phrases.map((phrase) => ({ first, pattern: between(phrase), phrase: phrases[0]! })),
    );
  }

  /** The same for the same seed; seeds that follow each other go through all values. */
  read(caption: string, seed: number): Scene {
    let core = clean(caption);
    const ends: string[] = [];
    let [chosen, strange] = [false, false];
    for (const [place, { values, alone, ...says }] of this.#attributes.entries()) {
      const named = says.named.exec(core)?.groups?.value;
      if (named !== undefined) {
        core = core.replace(says.named, "");
        ends.push(values.get(named)!);
      } else if (says.noun.test(core)) {
        strange = true; // "in watercolour style": the model reads of it what it knows
      } else if (!(alone && says.value.test(core))) {
        chosen = true;
        ends.push(chosenOf([...values.values()], seed, place));
      }
    }
    core = core.replace(/[\s,.;!?]+$/u, "").trimStart();
    const told = (what: string) => [what, ...ends].join(" ");
    const pair = strange ? undefined : this.#pair(core);
    if (pair === undefined) return { whole: chosen && core !== "" ? told(core) : caption, things: [] };
    const { first, phrase, things } = pair;
    return { whole: told(things.join(` ${phrase} `)), first, things: things.map(told) };
  }

  #pair(core: string): (Pick<Relation, "first" | "phrase"> & { things: string[] }) | undefined {
    const found = this.#relations.flatMap(({ first, phrase, pattern }) =>
      Array.from(core.matchAll(pattern), (match) => ({ first, phrase, match, end: match.index + match[0].length })),
    );
    // "to the left of" holds "left of": of those that lie in each other, the longest counts.
    const apart = found.filter((one) => !found.some((other) => other !== one && covers(other, one)));
    const [only] = apart;
    if (only === undefined || apart.length > 1) return undefined;
    const things = [core.slice(0, only.match.index), core.slice(only.end)].map((thing) => thing.trim());
    return things.every((thing) => /\p{L}/u.test(thing))
      ? { first: only.first, phrase: only.phrase, things }
      : undefined;
  }
}

type Found = { readonly match: RegExpExecArray; readonly end: number };

function covers(outer: Found, inner: Found): boolean {
  return outer.match.index <= inner.match.index && outer.end >= inner.end;
}

/** Of n values the one at seed mod n. Later attributes move on after each round, so that no two march in step for ever. */
function chosenOf<T>(values: readonly T[], seed: number, place: number): T {
  return values[(seed + place * Math.floor(seed / values.length)) % values.length]!;
}

function between(phrase: string): RegExp {
  const beforeArticle = phrase.endsWith(" a");
  const words = escaped(beforeArticle ? phrase.slice(0, -2) : phrase);
  return new RegExp(String.raw`(?<=\S )${words} ${beforeArticle ? "(?=(?:an?|the) )" : ""}`, "gu");
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
