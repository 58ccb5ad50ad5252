// The plots of docs/reports/paper.md, from what scores.py measured. Which parts the page shows is page.py's matter.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Axis, type Series, svg } from "../bench/plot.ts";

type Measured = { readonly value: number };
type Setting = { readonly guidance: number } & Readonly<Record<"top1" | "clip" | "diversity", Measured>>;
/** What is plotted of scores.json; a part that has not run is not there. */
type Scores = {
  readonly "3"?: { readonly systems: Readonly<Record<"unclip" | "text", readonly Setting[]>> };
  readonly "4"?: Readonly<Record<"decoder" | "prior", readonly Setting[]>>;
  readonly "5"?: {
    readonly curve: readonly ({ readonly dimensions: number } & Readonly<Record<"top1" | "likeness", Measured>>)[];
  };
};

const shares = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, text: `${Math.round(100 * at)}%` }));
const guidances: Axis = { label: "guidance", ticks: [1, 2, 3, 4].map((at) => ({ at, text: String(at) })) };
const top1: Axis = { label: "named rightly by the judge", ticks: shares };

export async function writePlots(folder: string, docs: string, limited: boolean): Promise<void> {
  const file = path.join(folder, limited ? "scores-limited.json" : "scores.json");
  const scores: Scores = JSON.parse(await readFile(file, "utf8"));
  const plots = {
    "paper-diversity.svg": diversity(scores),
    "paper-guidance.svg": guidance(scores),
    "paper-dimensions.svg": dimensions(scores),
  };
  for (const [name, plot] of Object.entries(plots)) {
    if (plot !== undefined) await writeFile(path.join(docs, "pictures", name), plot);
  }
}

function diversity({ "3": part }: Scores): string | undefined {
  if (part === undefined) return undefined;
  const { unclip, text } = part.systems;
  const most = Math.max(...[...unclip, ...text].map((one) => one.diversity.value));
  const line = (name: string, settings: readonly Setting[]): Series => ({
    name,
    points: settings.map((one) => [one.top1.value, one.diversity.value]),
    labels: settings.map((one) => String(one.guidance)),
  });
  return svg({
    title: "Diversity against fidelity; at each point the decoder's guidance",
    x: top1,
    y: { label: "1 - cosine between seeds", ticks: upTo(most) },
    series: [line("unCLIP", unclip), line("text decoder", text)],
  });
}

function guidance({ "4": part }: Scores): string | undefined {
  if (part === undefined) return undefined;
  const line = (name: string, settings: readonly Setting[]): Series => ({
    name,
    points: settings.map((one) => [one.guidance, one.top1.value]),
    labels: settings.map(() => ""),
  });
  return svg({
    title: "What guidance is worth to the judge",
    x: guidances,
    y: top1,
    series: [line("of the decoder", part.decoder), line("of the prior", part.prior)],
  });
}

function dimensions({ "5": part }: Scores): string | undefined {
  if (part === undefined) return undefined;
  const line = (name: string, what: "top1" | "likeness"): Series => ({
    name,
    points: part.curve.map((one) => [one.dimensions, one[what].value]),
    labels: part.curve.map(() => ""),
  });
  return svg({
    title: "What is left of a picture in the first k dimensions of z_i",
    x: { label: "k", log: true, ticks: part.curve.map(({ dimensions: k }) => ({ at: k, text: String(k) })) },
    y: { label: "share, or cosine", ticks: shares },
    series: [line("named rightly", "top1"), line("cosine to the real", "likeness")],
  });
}

/** Five steps of a tenth or of a twentieth, up past `most`. */
function upTo(most: number): Axis["ticks"] {
  const step = most > 0.5 ? 0.2 : most > 0.25 ? 0.1 : 0.05;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => ({ at: i * step, text: (i * step).toFixed(2) }));
}
