// Compares the upsamplers of a bundle with bicubic and Lanczos.
//
//     npx tsx models/training/evaluation/upscaling.ts PICTURE... [--to SIZE] [--bundle DIR] [--docs DIR]
//
// Measures every upsampler, or the one that ends at --to, on each picture, and averages. --docs writes the averages into
// model-card.md and details of the first pictures into pictures/upscaling.png.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { Stages } from "../../pipeline/stages.ts";
import { writeTable } from "../bench/report.ts";
import { DETAILS, type Detail, detailOf, writeDetails } from "./details.ts";
import { type Measured, measure, upscale, WAYS, type Way } from "./upscale-metrics.ts";

type Row = Readonly<Record<Way, Measured>>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: "string" },
    bundle: { type: "string", default: "models/bundles/picto" },
    docs: { type: "string" },
  },
});
const stages = await Stages.open(values.bundle, { threads: 2 });
const { upsamplers, presets } = stages.bundle.spec;
const lines = [`| | ${WAYS.map((way) => `${way}: PSNR, edges`).join(" | ")} |`, `|---|${"---|".repeat(WAYS.length)}`];
const details: Detail[] = [];
for (const [place, { from, to }] of upsamplers.entries()) {
  if (values.to !== undefined && Number(values.to) !== to) continue;
  const [upsampler, sampling] = [(await stages.upsamplers(to)).at(-1)!, presets.standard.upsamplers[place]!];
  const rows: Row[] = [];
  for (const file of positionals) {
    const { truth, made } = await upscale(new Uint8Array(await readFile(file)), from, upsampler, sampling);
    const row = Object.fromEntries(WAYS.map((way) => [way, measure(truth, made[way])])) as Row;
    console.log(tableRow(`${path.basename(file)}, ${from} to ${to}`, row));
    if (rows.push(row) <= DETAILS) details.push(await detailOf({ truth, made }));
  }
  lines.push(tableRow(`${from} to ${to} px, ${sampling.steps} steps`, averageOf(rows)));
}
await stages.close();
console.log(`\n${lines.join("\n")}`);
if (values.docs !== undefined) {
  writeTable(path.join(values.docs, "reports", "model-card.md"), "upscaling", lines.join("\n"));
  await writeDetails(path.join(values.docs, "pictures", "upscaling.png"), details);
}

function tableRow(what: string, row: Row): string {
  const cells = WAYS.map((way) => `${row[way].psnr.toFixed(2)} dB, ${row[way].edges.toFixed(2)}`);
  return `| ${what} | ${cells.join(" | ")} |`;
}

function averageOf(rows: readonly Row[]): Row {
  const mean = (way: Way, key: keyof Measured) => rows.reduce((sum, row) => sum + row[way][key], 0) / rows.length;
  return Object.fromEntries(WAYS.map((way) => [way, { psnr: mean(way, "psnr"), edges: mean(way, "edges") }])) as Row;
}
