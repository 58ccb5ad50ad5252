// Every environment variable that unclip reads, its default and its check. docs/configuration.md lists them for people.
import path from "node:path";
import { QUOTA } from "./api-keys.ts";

export class BadSetting extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

/** Of the server on one machine (functions/local). */
export type LocalSettings = {
  readonly port: number;
  readonly host: string;
  /** Jobs, queue and pictures live here. */
  readonly data: string;
  /** A folder with bundle.json; undefined for the one that ships. */
  readonly bundle: string | undefined;
  /** How clients reach the server, where that is not http://host:port. */
  readonly url: string | undefined;
  readonly workers: number | undefined;
  /** Origins whose pages may call. */
  readonly cors: readonly string[];
  readonly introspection: boolean;
  /** Pictures in flight of a caller without a key of its own. */
  readonly quota: number;
  /** A file of words, one a line, that no prompt may hold; undefined for none. */
  readonly denyList: string | undefined;
  readonly logLevel: string;
};

/** Throws BadSetting, naming the variable and what it must be. */
export function localSettings(environment: Environment = process.env): LocalSettings {
  const read = reader(environment);
  return {
    port: read("PORT", whole(0, 65_535), 4000),
    host: read("HOST", text, "127.0.0.1"),
    data: dataFolder(read),
    bundle: read("UNCLIP_BUNDLE", text, undefined),
    url: read("UNCLIP_URL", origin, undefined),
    workers: read("UNCLIP_WORKERS", whole(1, 64), undefined),
    cors: read("UNCLIP_CORS", origins, []),
    introspection: read("UNCLIP_INTROSPECTION", flag, true),
    quota: read("UNCLIP_QUOTA", whole(QUOTA.min, QUOTA.max), QUOTA.default),
    denyList: read("UNCLIP_DENY_LIST", text, undefined),
    logLevel: read("UNCLIP_LOG", choice("trace", "debug", "info", "warn", "error", "silent"), "info"),
  };
}

/** Of the command line (functions/cli), whose options come first. */
export type CliSettings = {
  /** Where the server on this machine keeps its API keys. */
  readonly data: string;
  /** What to show a service that is asked to draw. */
  readonly key: string | undefined;
};

export function cliSettings(environment: Environment = process.env): CliSettings {
  const read = reader(environment);
  return { data: dataFolder(read), key: read("UNCLIP_KEY", text, undefined) };
}

function dataFolder(read: ReturnType<typeof reader>): string {
  return path.resolve(read("UNCLIP_DATA", text, ".unclip"));
}

/** What a value means, or what it must be. */
type Check<T> = (value: string) => { readonly ok: T } | { readonly must: string };

function reader(environment: Environment) {
  return <T, D>(name: string, check: Check<T>, otherwise: D): T | D => {
    const value = environment[name]?.trim();
    if (value === undefined || value === "") return otherwise;
    const read = check(value);
    if ("must" in read) throw new BadSetting(`${name} must be ${read.must}, not ${JSON.stringify(value)}`);
    return read.ok;
  };
}

const text: Check<string> = (value) => ({ ok: value });

const whole =
  (min: number, max: number): Check<number> =>
  (value) => {
    const number = Number(value);
    const fits = Number.isInteger(number) && number >= min && number <= max;
    return fits ? { ok: number } : { must: `a whole number from ${min} to ${max}` };
  };

const choice =
  (...allowed: readonly string[]): Check<string> =>
  (value) =>
    allowed.includes(value) ? { ok: value } : { must: allowed.join(", ") };

const flag: Check<boolean> = (value) => {
  if (/^(1|true|on|yes)$/i.test(value)) return { ok: true };
  return /^(0|false|off|no)$/i.test(value) ? { ok: false } : { must: "on or off" };
};

const origin: Check<string> = (value) => {
  const found = /^https?:\/\/[^/?#\s]+$/i.exec(value);
  return found ? { ok: found[0] } : { must: "an origin such as https://pictures.example.com" };
};

const origins: Check<readonly string[]> = (value) => {
  const read = value.split(",").map((one) => origin(one.trim()));
  const wrong = read.find((one) => "must" in one);
  return wrong && "must" in wrong ? wrong : { ok: read.flatMap((one) => ("ok" in one ? [one.ok] : [])) };
};
