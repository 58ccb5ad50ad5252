// Sends a number of inputs to one server and watches it. Input i comes from seed + i, so any of them can be sent alone.
import { inspect } from "node:util";
import { randomChoices } from "../support/fuzz/random-choices.ts";
import { INPUTS } from "./inputs.ts";
import { wholePictures } from "./pictures.ts";
import { openTarget, type Watched } from "./server.ts";

/** At the same time. Most wait, for a connection that the server keeps open. */
const SENDERS = 96;
/** The longest time that one turn of the server's event loop may take. */
export const MAX_HELD_MS = 500;
/** Inputs between two looks at the server. */
const BETWEEN_LOOKS = 500;
/** Failures that are reported in full. */
const MAX_FAILURES = 20;

export type Report = {
  readonly sent: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  readonly heldMs: number;
  /** After half of the inputs, when caches are full, and at the end. */
  readonly half: Watched;
  readonly last: Watched;
  readonly seconds: number;
};

export type Plan = { readonly inputs: number; readonly seed: number; readonly only?: readonly string[] | undefined };

export async function fuzz(
  { inputs, seed, only }: Plan,
  onProgress: (sent: number) => void = () => {},
): Promise<Report> {
  const kinds = Object.entries(INPUTS).filter(([name]) => only === undefined || only.includes(name));
  const [pictures, target] = await Promise.all([wholePictures(), openTarget()]);
  const lots = kinds.flatMap(([name, { share }]) => Array<string>(share).fill(name));
  const sent = new Map(kinds.map(([name]) => [name, 0]));
  const failures: string[] = [];
  const begin = performance.now();
  let [heldMs, next] = [0, 0];
  let half: Watched | undefined;

  async function look(): Promise<Watched> {
    const watched = await target.watch();
    heldMs = Math.max(heldMs, watched.heldMs);
    if (watched.heldMs > MAX_HELD_MS) {
      failures.push(`the event loop was held for ${Math.round(watched.heldMs)} ms by one of the inputs before ${next}`);
    }
    return watched;
  }

  async function sendUntil(end: number): Promise<void> {
    while (next < end && failures.length < MAX_FAILURES) {
      const turn = next++;
      const chance = randomChoices(seed + turn);
      const name = chance.pick(lots);
      const problem = await INPUTS[name]!.send(target, pictures, chance).catch(
        (error: Error) => `could not be sent: ${inspect(error)}`,
      );
      sent.set(name, sent.get(name)! + 1);
      if (problem !== undefined) failures.push(`${name}, --seed ${seed + turn} --inputs 1: ${problem}`);
    }
  }

  try {
    // What the first answers load and compile is nobody's input.
    await target.watch();
    while (next < inputs && failures.length < MAX_FAILURES) {
      const end = Math.min(inputs, next + BETWEEN_LOOKS);
      await Promise.all(Array.from({ length: SENDERS }, () => sendUntil(end)));
      const watched = await look();
      if (next >= inputs / 2) half ??= watched;
      onProgress(next);
    }
    failures.push(...(await target.settle()));
    const last = await look();
    return { sent, failures, heldMs, half: half ?? last, last, seconds: (performance.now() - begin) / 1000 };
  } finally {
    await target.close();
  }
}
