// The parser of each verb's request. Both threads use them: the caller's parses, the engine's adopts what was parsed.
import type { Parser } from "../parse-once.ts";
import {
  parseEmbed,
  parseGenerate,
  parseInterpolate,
  parseManipulate,
  parseReconstruct,
  parseScore,
  parseVariations,
} from "../request.ts";
import type { Method } from "./protocol.ts";

export const PARSERS = {
  generate: parseGenerate,
  variations: parseVariations,
  interpolate: parseInterpolate,
  manipulate: parseManipulate,
  reconstruct: parseReconstruct,
  embed: parseEmbed,
  score: parseScore,
} satisfies Record<Method, Parser<object>>;
