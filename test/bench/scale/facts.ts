// The inputs of the simulation, each with its source.

/** `from`: measured here, a limit or price of AWS, or assumed because it could not be measured yet. */
export type Fact = { readonly value: number; readonly unit: string; readonly what: string; readonly from: string };

const fact = (value: number, unit: string, what: string, from: string): Fact => ({ value, unit, what, from });
const BENCH = "measured, docs/reports/performance.md";
const ASSUMED = "assumed";

export const FACTS = {
  cpuPicture: fact(1.266, "s", "a picture of 256 px, picto, on 2 processors", BENCH),
  gpuPicture: fact(
    2,
    "s",
    "a picture of 256 px, Karlo in fp16, on an A10G",
    `${ASSUMED}: no GPU was at hand to measure it`,
  ),
  around: fact(
    0.3,
    "s",
    "around the drawing of a job: lease, S3, last write",
    `${ASSUMED}: some ten calls one after another`,
  ),
  accept: fact(0.15, "s", "from the mutation to the message in SQS", `${ASSUMED}: a warm gateway and two writes`),
  deliver: fact(0.05, "s", "from SQS to a function that is warm", "published medians are 16 to 28 ms"),
  lambdaCold: fact(
    6,
    "s",
    "a new Lambda environment with the bundle",
    `${ASSUMED}: 2 s of image, the rest opening the bundle`,
  ),
  lambdaWarm: fact(600, "s", "an idle Lambda environment stays", `${ASSUMED}: AWS promises nothing`),
  lambdaFirst: fact(5, "functions", "what Lambda takes from a queue with at first", "AWS, SQS event sources"),
  lambdaRamp: fact(5, "functions/s", "by how much that grows under a backlog", "AWS, SQS event sources: 300 a minute"),
  machineStart: fact(
    240,
    "s",
    "a GPU machine from nothing to its first message",
    `${ASSUMED}: people report 2 to 10 minutes`,
  ),
  modelLoad: fact(60, "s", "Karlo from disk into the GPU", `${ASSUMED}: 13 GB`),
  scalerTick: fact(60, "s", "between two looks of the scaler", "cdk/"),
  gpuIdle: fact(300, "s", "a drain worker waits for more before it ends", "functions/aws/drain.ts"),
  spotLife: fact(72_000, "s", "mean life of a Spot machine until it is taken", `${ASSUMED}: 5% an hour`),
} as const satisfies Record<string, Fact>;

const LISTS = "us-east-1, public pages read 2026-11-24";

/** Dollars. */
export const PRICES = {
  lambdaGbSecond: fact(0.0000166667, "$", "Lambda, a GB for a second, x86", LISTS),
  lambdaRequest: fact(0.2e-6, "$", "Lambda, a call", LISTS),
  gpuHour: fact(0.53, "$", "g5.2xlarge on Spot, an hour", "AWS's guidance for asynchronous inference, 2026-03-03"),
  write: fact(0.625e-6, "$", "DynamoDB, a write unit on demand", `${LISTS}; halved in November 2024`),
  read: fact(0.125e-6, "$", "DynamoDB, a read unit on demand", LISTS),
  sqs: fact(0.4e-6, "$", "SQS, a call", "list price, from memory"),
  put: fact(5e-6, "$", "S3, a PUT", "list price, from memory"),
  storedGb: fact(0.023 / 30, "$", "S3, a GB for a day", "list price, from memory"),
  socket: fact(1e-6, "$", "API Gateway WebSocket, a message of 32 KB", "published price list, read 2026-09-20"),
  http: fact(1e-6, "$", "API Gateway HTTP, a request", "list price, from memory"),
  get: fact(0.4e-6, "$", "S3, a GET of CloudFront's", "list price, from memory"),
  edge: fact(1e-6, "$", "CloudFront, an HTTPS request", "list price, from memory; 10 million a month are free"),
  out: fact(0.085, "$", "CloudFront to the internet, a GB", "list price, from memory; 1,000 GB a month are free"),
} as const satisfies Record<string, Fact>;

/** AWS's limits that a larger deployment meets, per second where not said otherwise. */
export const LIMITS = {
  lambdaConcurrency: fact(1_000, "functions", "an event source's, and a new account's is less", "AWS"),
  functions: fact(1_000, "functions", "an account's at once; a new account's are less", "AWS, raised on request"),
  sockets: fact(500, "a second", "new WebSocket connections", "AWS, raised on request"),
  tableWrites: fact(40_000, "units/s", "a table on demand", "AWS, raised on request"),
  partitionWrites: fact(1_000, "units/s", "one partition of a table or an index", "AWS, not raised"),
  submitJob: fact(50, "a second", "Batch SubmitJob", "AWS, not raised"),
} as const satisfies Record<string, Fact>;
