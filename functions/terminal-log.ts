// Log lines for a person at a terminal, from the JSON lines that pino writes.

const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/** '12:30:05 info  attempt ended  job=j47g outcome=SUCCEEDED', and the stack of an error below. */
export function formatForTerminal(line: string): string {
  const { level, time, msg, err, ...facts } = JSON.parse(line);
  const words = Object.entries(facts).map(([name, value]) => `${name}=${textOf(value)}`);
  const head = `${new Date(time).toTimeString().slice(0, 8)} ${(LEVELS[level] ?? "").padEnd(5)} ${msg}`;
  const stack = err === undefined ? "" : `\n${err.stack ?? err.message ?? textOf(err)}`;
  return `${[head, ...words].join("  ")}${stack}\n`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
