// Requests a second of the two calls every app makes, beside a Yoga that does nothing: what remains is ours.
import { median } from "../../../models/training/bench/report.ts";
import { startChild } from "../child.ts";
import type { Bench } from "../context.ts";
import type { Load, Request } from "../load.ts";
import { ms, type Row, whole } from "../numbers.ts";
import { GENERATE, JOB } from "../operations.ts";
import type { Bare } from "../servers/yoga.ts";

const CONNECTIONS = 50;
const WARM = { connections: CONNECTIONS, seconds: 3 };
/** Short turns, many of them: on a machine with other things to do, only neighbours in time can be compared. */
const TURN = { connections: CONNECTIONS, seconds: 1 };
/** Keeps the engine busy all the time, as it is under such load. */
const BUSY = { steps: 10_000, stepMs: 100 };

type Turn = Load & { /** CPU time of the server, in milliseconds per request. */ readonly cpu: number };
type Side = {
  readonly what: string;
  readonly request: Request;
  /** Milliseconds that its process has had of the processors. */
  readonly cpu: () => Promise<number>;
  readonly turns: Turn[];
};

export async function requests({ client, startService, rounds }: Bench): Promise<Row[]> {
  const bare = startChild<Bare>("servers/yoga.ts");
  const ours = startService();
  const echo = await bare.call("open", undefined);
  const place = await ours.call("open", { pace: BUSY });
  const input = { prompt: "a red apple on a blue background" };
  const id = await client.call("submit", { place, input });

  const nothing = (what: string, kind: string, field: string): Side => {
    const query = `${kind} ($text: String!) { ${field}(text: $text) }`;
    const request = {
      ...echo,
      query,
      variables: { text: "a red apple" },
      expect: `{"data":{"${field}":"a red apple"}}`,
    };
    return { what, request, cpu: () => bare.call("cpu", undefined), turns: [] };
  };
  const something = (what: string, query: string, variables: Request["variables"], expect: string): Side => {
    return { what, request: { ...place, query, variables, expect }, cpu: () => ours.call("cpu", undefined), turns: [] };
  };
  const pairs = [
    {
      bare: nothing("bare Yoga, a mutation", "mutation", "say"),
      ours: something("`generate`", GENERATE, { input }, '{"data":{"generate":{"id":"'),
      goal: 0.5,
    },
    {
      bare: nothing("bare Yoga, a query", "query", "echo"),
      ours: something("`job(id)`", JOB, { id }, `{"data":{"job":{"id":"${id}"`),
      goal: 0.8,
    },
  ];
  for (const pair of pairs) {
    const sides = [pair.bare, pair.ours];
    for (const { request } of sides) await client.call("load", { request, amount: WARM });
    for (let round = 0; round < rounds; round++) for (const side of sides) await turn(client, side);
  }
  await Promise.all([bare.end(), ours.end()]);
  return pairs.flatMap(({ bare, ours, goal }) => [
    row(bare),
    row(ours),
    { what: `${ours.what} beside bare Yoga`, measured: ratioOf(bare, ours), goal: `at least ${goal}x` },
  ]);
}

async function turn(client: Bench["client"], { request, cpu, turns }: Side): Promise<void> {
  const before = await cpu();
  const load = await client.call("load", { request, amount: TURN });
  turns.push({ ...load, cpu: ((await cpu()) - before) / load.count });
}

const middle = (turns: readonly Turn[], of: Exclude<keyof Turn, "count">): number =>
  median(turns.map((one) => one[of]));

function row({ what, turns }: Side): Row {
  const [p50, p99] = [ms(middle(turns, "p50")), ms(middle(turns, "p99"))];
  const cpu = middle(turns, "cpu").toFixed(2);
  return { what, measured: `${whole(middle(turns, "perSecond"))}/s, p50 ${p50}, p99 ${p99}; ${cpu} ms of CPU each` };
}

/** Median ratio of neighbouring turns. */
function ratioOf(bare: Side, ours: Side): string {
  const ratio = (of: "perSecond" | "cpu") => median(ours.turns.map((one, i) => one[of] / bare.turns[i]![of]));
  return `${ratio("perSecond").toFixed(2)}x of its requests a second (${ratio("cpu").toFixed(2)}x of its CPU)`;
}
