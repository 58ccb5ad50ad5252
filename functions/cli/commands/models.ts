import { availableParallelism } from "node:os";
import type { Command } from "../command.ts";
import { FAMILIES, type Family, repositoriesOf } from "../import/families.ts";
import { table } from "../info/table.ts";
import { formatBytes } from "../memory-report.ts";

/** Of the engine with Karlo's networks, 10^12 multiplications a second for each core: docs/reports/performance.md. */
const CORE_SPEED = 0.05;
/** Memory of a network in fp32, in multiples of its weights: models/bundle/memory.ts. */
const HELD = 1.2;

export const models: Command = {
  name: "models",
  summary: "list the published models that can be imported",
  usage: "",
  takes: { min: 0, max: 0, what: "no words" },
  options: [],
  about: `Lists each model with its licence, its download, its size, the memory it needs and the time that a
picture takes on this machine. These figures are estimates from the numbers of weights and of
multiplications.`,
  examples: ["models", "models --json"],
  prepare: async () => ({
    alone: async () => {
      const listed = FAMILIES.map((family) => ({ ...facts(family), family }));
      return {
        lines: listed.flatMap(({ family, ...given }, i) => [...(i > 0 ? [""] : []), ...format(family, given)]),
        json: {
          models: listed.map(({ family: { id, title, licence }, ...given }) => ({ id, title, licence, ...given })),
        },
      };
    },
  }),
};

type Facts = ReturnType<typeof facts>;

/** Bytes and seconds, estimated. */
function facts(family: Family) {
  const { parameters, sizes, picture } = family;
  const weights = 4 * parameters.reduce((sum, count) => sum + count, 0);
  return {
    repositories: repositoriesOf(family).map(({ repository }) => repository),
    sizes,
    estimated: {
      bytes: weights,
      memoryAll: HELD * weights,
      memoryOne: HELD * 4 * Math.max(...parameters),
      seconds: Math.round(picture.work / (CORE_SPEED * availableParallelism())),
      size: picture.size,
    },
  };
}

function format({ id, title, licence }: Family, { repositories, sizes, estimated }: Facts): string[] {
  const { bytes, memoryAll, memoryOne, seconds, size } = estimated;
  const time = seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
  return [
    `${id}: ${title}`,
    ...table("licence", [licence]),
    ...table("sizes", [sizes]),
    ...table("download", repositories),
    ...table("disk", [`about ${formatBytes(bytes)}, in fp16 half of it`]),
    ...table("memory", [`about ${formatBytes(memoryAll)} with every network open, ${formatBytes(memoryOne)} with one`]),
    ...table("a picture", [`about ${time} for ${size} pixels on this machine (estimated)`]),
    ...table("import", [`unclip import ${id}`]),
  ];
}
