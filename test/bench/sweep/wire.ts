// DynamoDB and SQS as a sweep sees them, in a process of their own. Every record is due once and every write succeeds. Prints
// its port, then the number of calls of each kind.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { listen } from "../../support/listen.ts";
import { marshalled, waiting } from "./records.ts";

const items = new Map(waiting(Number(process.argv[2])).map((record) => [`JOB#${record.id}`, marshalled(record)]));
const calls: Record<string, number> = {};
/** Rows that a query answers at most. */
const PAGE = 100;

type DynamoInput = {
  ExpressionAttributeValues: { ":p": { S: string } };
  ExclusiveStartKey?: { pk: { S: string } };
  RequestItems: Record<string, { Keys: { pk: { S: string } }[] }>;
  Item: { pk: { S: string } };
  MessageBody: string;
};

/** Returns records that were not swept yet. */
function query({ ExpressionAttributeValues, ExclusiveStartKey }: DynamoInput) {
  const partition = ExpressionAttributeValues[":p"].S;
  const rows = [...items.values()].filter(({ wakePartition }) => wakePartition!.S === partition);
  const from = ExclusiveStartKey ? rows.findIndex(({ pk }) => pk!.S === ExclusiveStartKey.pk.S) + 1 : 0;
  const Items = rows.slice(from, from + PAGE).map(({ pk, sk, wakeAt }) => ({ pk, sk, wakeAt }));
  return { Items, LastEvaluatedKey: from + PAGE < rows.length ? Items.at(-1) : undefined };
}

const ANSWERS: Record<string, (input: DynamoInput) => object> = {
  Query: query,
  BatchGetItem: ({ RequestItems }) => {
    const [[table, { Keys }]] = Object.entries(RequestItems) as [[string, DynamoInput["RequestItems"][string]]];
    return { Responses: { [table]: Keys.flatMap(({ pk }) => items.get(pk.S) ?? []) }, UnprocessedKeys: {} };
  },
  // A record that was written is due later.
  PutItem: ({ Item }) => {
    items.delete(Item.pk.S);
    return {};
  },
  SendMessage: ({ MessageBody }) => ({
    MessageId: "m",
    MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
  }),
};

const server = createServer(async (request, response) => {
  const call = String(request.headers["x-amz-target"]).split(".").at(-1)!;
  calls[call] = (calls[call] ?? 0) + 1;
  response.setHeader("content-type", "application/x-amz-json-1.0");
  response.end(JSON.stringify(ANSWERS[call]!((await json(request)) as DynamoInput)));
});
process.send!({ port: await listen(server) });
process.on("message", () => process.send!(calls, () => process.exit()));
