// Parses what a caption describes: one thing or two, and the attributes it leaves open. A prior with guidance yields the most
// typical embedding of its caption, so every picture gets the same open attributes; and one z_i represents two things badly
// (paper 7, and docs/reports/model-card.md). So the caption is completed before the prior runs: the seed chooses the open
// attributes, with the distribution of the training captions, and each of two things gets its own z_i. A kind ("a tree") that
// the model knows only in words of names gets the name of one thing of that kind.

import type { Cleaning } from "../bundle/clip.ts";
import type { AttributeSpec, Place, ScenesSpec } from "../bundle/scenes.ts";
import { clean } from "../clip/clean-text.ts";

type Scene = {
  /** The caption of the whole picture. */
  readonly whole: string;
  /** A caption for each of two things; none when the picture is drawn from `whole`. */
  readonly things: readonly string[];
  /** Position of the first of two things. */
  readonly first?: Place;
};

type Relation = {
  readonly first: Place;
  readonly pattern: RegExp;
  /** The phrase of the training captions. */
  readonly phrase: string;
};
type Attribute = Pick<AttributeSpec, "values" | "alone"> & {
  /** A value with its noun where both can be removed: "in flat style", ", flat style". */
  readonly named: RegExp;
  readonly noun: RegExp;
  readonly value: RegExp;
};

export class SceneParser {
  readonly #attributes: readonly Attribute[];
  readonly #relations: readonly Relation[];
  readonly #kinds: ScenesSpec["kinds"];
  /** A thing without its article, and the colour before it. */
  readonly #coloured: RegExp;
  readonly #cleaning: Cleaning;

  /** `cleaning`: the tokenizer's. */
  constructor({ attributes, relations, kinds, colours }: ScenesSpec, cleaning: Cleaning) {
    this.#kinds = kinds;
    const colour = colours.length === 0 ? "(?!)" : colours.map(escaped).join("|");
    this.#coloured = new RegExp(`^(?:(?:an?|the) )?(?:(?<colour>${colour}) )?(?<name>.*)$`, "su");
    this.#cleaning = cleaning;
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

  /** Deterministic in the seed; consecutive seeds go through all values of an open attribute. */
  read(caption: string, seed: number): Scene {
    let core = clean(caption, this.#cleaning);
    const ends: string[] = [];
    let [hasChoice, hasUnknownValue] = [false, false];
    for (const [position, { values, alone, ...patterns }] of this.#attributes.entries()) {
      const named = patterns.named.exec(core)?.groups?.value;
      if (named !== undefined) {
        core = core.replace(patterns.named, "");
        ends.push(values.get(named)!);
      } else if (patterns.noun.test(core)) {
        hasUnknownValue = true; // "in watercolour style" stays: the model reads the words it knows
      } else if (!(alone && patterns.value.test(core))) {
        hasChoice = true;
        ends.push(valueFor([...values.values()], seed, position));
      }
    }
    core = core.replace(/[\s,.;!?]+$/u, "").trimStart();
    const complete = (text: string) => [text, ...ends].join(" ");
    const pair = hasUnknownValue ? undefined : this.#pair(core);
    if (pair === undefined) {
      const thing = this.#oneOfKind(core, seed);
      const isChanged = (hasChoice && core !== "") || thing !== core;
      return { whole: isChanged ? complete(thing) : caption, things: [] };
    }
    const { first, phrase } = pair;
    const things = pair.things.map((thing) => this.#oneOfKind(thing, seed));
    return { whole: complete(things.join(` ${phrase} `)), first, things: things.map(complete) };
  }

  /** The seed chooses among the things of a kind, which take the colour of the kind. Any other thing stays as it is. */
  #oneOfKind(thing: string, seed: number): string {
    const { colour, name } = this.#coloured.exec(thing)!.groups!;
    const things = this.#kinds.get(name!);
    if (things === undefined) return thing;
    const one = valueFor(things, seed, this.#attributes.length);
    if (colour === undefined) return one;
    const coloured = things.find((other) => this.#coloured.exec(other)!.groups!.colour === colour);
    return coloured ?? withColour(colour, this.#coloured.exec(one)!.groups!.name!);
  }

  #pair(core: string): (Pick<Relation, "first" | "phrase"> & { things: string[] }) | undefined {
    const found = this.#relations.flatMap(({ first, phrase, pattern }) =>
      Array.from(core.matchAll(pattern), (match) => ({ first, phrase, match, end: match.index + match[0].length })),
    );
    // "to the left of" contains "left of": of overlapping matches the longest counts.
    const longest = found.filter((one) => !found.some((other) => other !== one && covers(other, one)));
    const [only] = longest;
    if (only === undefined || longest.length > 1) return undefined;
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

/** Value number seed mod n. Each later attribute shifts after a full round, so that attributes do not stay in step. */
function valueFor<T>(values: readonly T[], seed: number, position: number): T {
  return values[(seed + position * Math.floor(seed / values.length)) % values.length]!;
}

/** The article of a colour; a plural name gets it too, which the model ignores. */
function withColour(colour: string, name: string): string {
  return `${/^[aeiou]/u.test(colour) ? "an" : "a"} ${colour} ${name}`;
}

function between(phrase: string): RegExp {
  const beforeArticle = phrase.endsWith(" a");
  const words = escaped(beforeArticle ? phrase.slice(0, -2) : phrase);
  return new RegExp(String.raw`(?<=\S )${words} ${beforeArticle ? "(?=(?:an?|the) )" : ""}`, "gu");
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
