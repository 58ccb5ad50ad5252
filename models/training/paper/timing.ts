// Part 2: how long both priors take for one z_i, turn by turn in one process, because seconds belong to a machine and its day.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Unclip } from "../../types.ts";
import { median } from "../bench/report.ts";
import type { Prompts } from "./prompts.ts";

const TURNS = 30;

/** Writes 2/timing.json: medians in seconds, and the ratio of each turn. */
export async function timePriors({ folder, captions }: Prompts, engine: Unclip, threads: number): Promise<void> {
  const prompts = captions.lists["held-out"]!.slice(0, TURNS).map(({ caption }) => caption);
  const seconds = async (prior: "diffusion" | "autoregressive", prompt: string, seed: number) => {
    const { timings } = await engine.generate({ prompt, prior, seed, size: 64, steps: 2 });
    return timings
      .filter(({ stage }) => stage === "prior")
      .reduce((sum, { milliseconds }) => sum + milliseconds / 1000, 0);
  };
  await seconds("diffusion", prompts[0]!, 0); // the first ones open the networks
  await seconds("autoregressive", prompts[0]!, 0);
  const turns = [];
  for (const [seed, prompt] of prompts.entries()) {
    turns.push({
      diffusion: await seconds("diffusion", prompt, seed),
      autoregressive: await seconds("autoregressive", prompt, seed),
    });
  }
  const facts = {
    turns: turns.length,
    threads,
    diffusion: median(turns.map(({ diffusion }) => diffusion)),
    autoregressive: median(turns.map(({ autoregressive }) => autoregressive)),
    ratios: turns.map(({ diffusion, autoregressive }) => autoregressive / diffusion),
  };
  await mkdir(path.join(folder, "2"), { recursive: true });
  await writeFile(path.join(folder, "2/timing.json"), `${JSON.stringify(facts, null, 1)}\n`);
}
