// npm run fuzz: malformed inputs for the server and the picture decoder. A seed repeats what is sent.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { fuzz, MAX_HELD_MS, type Report } from "./campaign.ts";
import { INPUTS } from "./inputs.ts";

const HELP = `npm run fuzz -- [options]

  --inputs N     how many to send (10000)
  --seed S       repeats what is sent (random)
  --only NAME    one kind of inputs; may be given again: ${Object.keys(INPUTS).join(", ")}`;

/** Growth of the memory after garbage collection that counts as flat. */
const FLAT = 1.1;

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "10000" },
    seed: { type: "string" },
    only: { type: "string", multiple: true },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(`${HELP}\n`);
else {
  const plan = { inputs: Number(values.inputs), seed: Number(values.seed ?? randomInt(2 ** 31)), only: values.only };
  const unknown = plan.only?.find((name) => !Object.hasOwn(INPUTS, name));
  if (unknown !== undefined || !(plan.inputs > 0) || !Number.isSafeInteger(plan.seed)) throw new Error(HELP);
  console.error(`seed ${plan.seed}`);
  const report = await fuzz(plan, (sent) => process.stderr.write(`\r${sent} of ${plan.inputs}`));
  process.stdout.write(`\n${render(report, plan.seed)}\n`);
  process.exitCode = report.failures.length === 0 ? 0 : 1;
}

function render({ sent, failures, heldMs, half, last, seconds }: Report, seed: number): string {
  const mb = (value: number) => `${Math.round(value)} MB`;
  const grown = last.heapMb > half.heapMb * FLAT ? " (not flat)" : "";
  return [
    "| inputs | sent |",
    "|---|---|",
    ...Array.from(sent, ([name, count]) => `| ${name} | ${count} |`),
    "",
    `Seed ${seed}, ${Math.round(seconds)} s, ${failures.length} failures. The event loop was held for at most`,
    `${Math.round(heldMs)} ms (limit ${MAX_HELD_MS}). Heap ${mb(half.heapMb)} after half, ${mb(last.heapMb)} at the end${grown};`,
    `resident ${mb(half.rssMb)} and ${mb(last.rssMb)}.`,
    ...failures.map((failure) => `\n- ${failure}`),
  ].join("\n");
}
