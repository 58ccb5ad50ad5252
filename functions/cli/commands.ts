import type { Command } from "./command.ts";
import { backup } from "./commands/backup.ts";
import { embed } from "./commands/embed.ts";
import { generate } from "./commands/generate.ts";
import { importModel } from "./commands/import.ts";
import { info } from "./commands/info.ts";
import { interpolate } from "./commands/interpolate.ts";
import { keys } from "./commands/keys.ts";
import { manipulate } from "./commands/manipulate.ts";
import { models } from "./commands/models.ts";
import { reconstruct } from "./commands/reconstruct.ts";
import { score } from "./commands/score.ts";
import { serve } from "./commands/serve.ts";
import { variations } from "./commands/variations.ts";

/** In the order of help. */
export const COMMANDS: readonly Command[] = [
  generate,
  variations,
  interpolate,
  manipulate,
  reconstruct,
  score,
  embed,
  info,
  models,
  importModel,
  serve,
  keys,
  backup,
];
