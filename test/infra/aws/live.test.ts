// unclip-aws doctor --live as an operator. moto has neither an alarm's history nor move tasks, so the answers are written
// after AWS's documentation.
import { expect, test } from "vitest";
import { queryClient } from "../../../infra/aws/clients/query.ts";
import { sqsClient } from "../../../infra/aws/clients/sqs.ts";
import { operate } from "../../../infra/aws/live.ts";
import { type Answer, stubbedClient, textOf } from "../../support/aws/stubbed-client.ts";

const OUTPUTS = {
  AlarmName: "unclip-data-JobsDead-NotEmpty",
  AlarmTopicArn: "arn:aws:sns:us-east-1:123456789012:unclip-data-Alarms",
  WebhooksDeadUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
  WebhooksDeadArn: "arn:aws:sqs:us-east-1:123456789012:dead",
};
const QUICK = { tries: 2, pauseMs: 0 };

const xml = (body: string): Answer => ({ status: 200, body });
const json = (value: object): Answer => ({ status: 200, body: JSON.stringify(value) });
const history = (...summaries: string[]) =>
  xml(summaries.map((one) => `<member><HistorySummary>${one}</HistorySummary></member>`).join(""));
const subscription = (protocol: string, arn: string) =>
  `<member><Protocol>${protocol}</Protocol><SubscriptionArn>${arn}</SubscriptionArn></member>`;
const sent = json({ MessageId: "1", MD5OfMessageBody: "b4a7" });

function examine(monitoring: readonly Answer[], sns: readonly Answer[], sqs: readonly Answer[], outputs = OUTPUTS) {
  const clients = {
    monitoring: stubbedClient((config) => queryClient("monitoring", "2010-08-01", config), monitoring),
    sns: stubbedClient((config) => queryClient("sns", "2010-03-31", config), sns),
    sqs: stubbedClient((config) => sqsClient({ ...config, md5: false }), sqs),
  };
  const operator = {
    outputs,
    monitoring: clients.monitoring.client,
    sns: clients.sns.client,
    sqs: clients.sqs.client,
  };
  return { findings: operate(operator, QUICK), clients };
}

test("a deployment that works: the notification went out, the email is confirmed, dead letters move", async () => {
  const success = "Successfully executed action arn:aws:sns:us-east-1:123456789012:unclip-data-Alarms";
  const { findings, clients } = examine(
    [xml(""), history(), history(success)],
    [xml(subscription("email", "arn:aws:sns:us-east-1:123456789012:unclip-data-Alarms:1"))],
    [
      sent,
      json({ TaskHandle: "t" }),
      json({ Results: [{ Status: "RUNNING" }] }),
      json({ Results: [{ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 1 }] }),
    ],
  );
  expect(await findings).toEqual([
    { subject: "alarm", state: "ok", found: `${OUTPUTS.AlarmName}: ${success}` },
    { subject: "subscribers of alarms", state: "ok", found: "email" },
    { subject: "redrive", state: "ok", found: "1 messages moved back to their queue" },
  ]);
  const [set, read] = clients.monitoring.requests.map(({ body }) => new URLSearchParams(textOf(body)));
  expect(Object.fromEntries(set!)).toMatchObject({
    Action: "SetAlarmState",
    StateValue: "ALARM",
    Version: "2010-08-01",
  });
  expect(Object.fromEntries(read!)).toMatchObject({ Action: "DescribeAlarmHistory", HistoryItemType: "Action" });
  expect(clients.monitoring.requests[0]!.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 .*\/monitoring\/aws4_request/,
  );
});

test("what does not work is named", async () => {
  const failed =
    "Failed to execute action arn:aws:sns:us-east-1:123456789012:unclip-data-Alarms. Received error: no resource-based policy allows the &quot;sns:Publish&quot; action";
  const { findings } = examine(
    [xml(""), history(failed)],
    [xml(subscription("email", "PendingConfirmation"))],
    [sent, { status: 400, headers: { "x-amzn-errortype": "AccessDeniedException" }, body: '{"message":"not yours"}' }],
  );
  expect(await findings).toEqual([
    { subject: "alarm", state: "problem", found: failed.replaceAll("&quot;", '"') },
    {
      subject: "subscribers of alarms",
      state: "warning",
      found: "email not confirmed",
      advice: expect.stringContaining("open the link"),
    },
    { subject: "redrive", state: "problem", found: "not yours" },
  ]);
});

test("an alarm without a trace, a topic that nobody follows, and outputs of an older deployment", async () => {
  const silent = examine([xml(""), history(), history()], [xml("")], [], {
    ...OUTPUTS,
    WebhooksDeadUrl: undefined,
  } as never);
  expect(await silent.findings).toMatchObject([
    { state: "problem", found: expect.stringContaining("shows no notification") },
    { state: "warning", found: "nobody" },
    { state: "problem", found: "the deployment's outputs have no WebhooksDeadUrl: deploy and connect it again" },
  ]);
  const denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>";
  const refused = examine([{ status: 403, body: denied }], [{ status: 500, body: "?" }], []);
  expect((await refused.findings).map(({ found }) => found).slice(0, 2)).toEqual(["not yours", "sns answers 500"]);
});
