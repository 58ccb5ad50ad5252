/** Words that hid standard terms (a cache, a notifier, a heartbeat). Names use the term instead. */
const BANNED = new Set(
  (
    "told tell tells asked bell late abreast retold revived speaker notes carrier door doors doorkeeper keep keeps " +
    "wish wishes wished imagine imagined whoever letters nobody heard"
  ).split(" "),
);

/** Names from other libraries' APIs, and of SQS's dead-letter queues. */
const FOREIGN = new Set([
  "keepNames",
  "keepAlive",
  "keepAliveTimeout",
  "keepalive",
  "keepdim",
  "keepdims",
  "keepDuplicateFrames",
  "deadLetters",
  "withDeadLetters",
]);

/** Comments and strings are prose or data. What stands in `${...}` of a template goes with its string. */
const PROSE: Readonly<Record<"py" | "ts", RegExp>> = {
  ts: /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
  py: /("""|''')[\s\S]*?\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*/g,
};

/** The words of a name: "lateCount" and "late-count" have the same two. */
export function wordsOf(name: string): string[] {
  return (name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());
}

/** The names in a file and in its path that contain a banned word, each once. */
export function dialectIn(file: string, source: string): string[] {
  const code = source.replace(PROSE[file.endsWith(".py") ? "py" : "ts"], " ");
  const names = new Set([...(code.match(/[A-Za-z_$][\w$]*/g) ?? []), ...file.split("/")]);
  return [...names].filter((name) => !FOREIGN.has(name) && wordsOf(name).some((word) => BANNED.has(word)));
}
