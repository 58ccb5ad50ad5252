import { createHash } from "node:crypto";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { sqsClient } from "../../../infra/aws/clients/sqs.ts";
import { awsQueue } from "../../../infra/aws/queue.ts";
import { contractOfQueue } from "../../contracts/queue.ts";
import { newQueue, onMoto, sqs } from "../../support/aws/moto-resources.ts";
import { stubbedClient } from "../../support/aws/stubbed-client.ts";

const TAKE = { max: 10, waitSeconds: 1, visibilitySeconds: 30 };

onMoto("a queue of SQS", () => {
  contractOfQueue("AWS, on moto", async () => ({ queue: awsQueue(sqs, await newQueue()), close: async () => {} }));

  test("sends each owner's messages in a message group", async () => {
    const url = await newQueue();
    await awsQueue(sqs, url).send({ id: "a" }, { group: "anna" });
    const all = new ReceiveMessageCommand({ QueueUrl: url, MessageSystemAttributeNames: ["All"] });
    const { Messages } = await sqs.send(all);
    expect(Messages!.map(({ Body, Attributes }) => [Body, Attributes!.MessageGroupId])).toEqual([
      ['{"id":"a"}', "anna"],
    ]);
  });

  test("counts deliveries, and ready, received and delayed messages", async () => {
    const queue = awsQueue(sqs, await newQueue());
    for (const delaySeconds of [0, 0, 600]) await queue.send({ id: "a" }, { group: "anna", delaySeconds });
    const [message] = await queue.receive({ ...TAKE, max: 1 });
    expect(message!.deliveries).toBe(1);
    expect(await queue.depth()).toEqual({ ready: 1, hidden: 2 });
    await queue.changeVisibility(message!.handle, 0);
    const both = await queue.receive(TAKE);
    expect(both.map(({ deliveries }) => deliveries).sort()).toEqual([1, 2]);
  });

  test("leaves messages that are not of unclip for the dead-letter queue", async () => {
    const url = await newQueue();
    for (const MessageBody of ["hello", "null", '"a"', '{"id":1}', '{"id":"a"}']) {
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
    }
    const messages = await awsQueue(sqs, url).receive(TAKE);
    expect(messages.map(({ job }) => job)).toEqual([{ id: "a" }]);
    const AttributeNames = ["ApproximateNumberOfMessagesNotVisible" as const];
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }));
    expect(Attributes).toEqual({ ApproximateNumberOfMessagesNotVisible: "5" });
  });

  test("releases the messages of a poll that ends after an abort", async () => {
    const queue = awsQueue(sqs, await newQueue());
    const abort = new AbortController();
    const waiting = queue.receive({ max: 10, waitSeconds: 20, visibilitySeconds: 600, signal: abort.signal });
    abort.abort();
    await queue.send({ id: "a" }, { group: "anna" });
    expect(await waiting).toEqual([]);
    const [message] = await queue.receive(TAKE);
    expect(message).toMatchObject({ job: { id: "a" }, deliveries: 2 });
  });
});

const URL = "https://sqs.us-east-1.amazonaws.com/123456789012/q";
const refused = (code: string, type: string, message: string) => ({
  status: 400,
  headers: { "x-amzn-query-error": `${code};Sender` },
  body: JSON.stringify({ __type: `com.amazonaws.sqs#${type}`, message }),
});
const STALE = [
  [
    "gone",
    "InvalidParameterValue",
    "InvalidParameterValueException",
    "Reason: Message does not exist or is not available for visibility timeout change.",
  ],
  ["too old", "InvalidParameterValue", "InvalidParameterValueException", "Reason: The receipt handle has expired."],
  ["none of this queue's", "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", "The input receipt handle is invalid."],
  ["not in flight", "AWS.SimpleQueueService.MessageNotInflight", "MessageNotInflight", ""],
] as const;

test.each(STALE)("a handle of a message that is %s counts as stale", async (_, ...error) => {
  const { client } = stubbedClient(sqsClient, [refused(...error), refused(...error)]);
  const queue = awsQueue(client, URL);
  expect(await queue.changeVisibility("handle", 60)).toBe(false);
  await queue.acknowledge("other");
});

test("other errors do not count as a stale handle", async () => {
  const denied = refused("AccessDenied", "AccessDeniedException", "Not authorized");
  const { client } = stubbedClient(sqsClient, [denied, denied]);
  const queue = awsQueue(client, URL);
  await expect(queue.changeVisibility("handle", 60)).rejects.toThrow("Not authorized");
  await expect(queue.acknowledge("other")).rejects.toThrow("Not authorized");
});

test("an expired handle leads to no call to SQS", async () => {
  const Body = '{"id":"a"}';
  const MD5OfBody = createHash("md5").update(Body).digest("hex");
  const Messages = [{ Body, MD5OfBody, ReceiptHandle: "h", Attributes: { ApproximateReceiveCount: "1" } }];
  const { client, requests } = stubbedClient(sqsClient, [{ status: 200, body: JSON.stringify({ Messages }) }]);
  const queue = awsQueue(client, URL);
  await queue.receive({ ...TAKE, visibilitySeconds: 0 });
  expect(await queue.changeVisibility("h", 60)).toBe(false);
  await queue.acknowledge("h");
  expect(requests).toHaveLength(1);
});
