// Checks of a deployment at work: it does what the operator of one does.
import { setTimeout as sleep } from "node:timers/promises";
import {
  ListMessageMoveTasksCommand,
  SendMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import type { QueryCall } from "./clients/query.ts";
import type { Finding } from "./finding.ts";

/** Outputs of the stacks. */
type Outputs = {
  readonly AlarmName?: string;
  readonly AlarmTopicArn?: string;
  readonly WebhooksDeadUrl?: string;
  readonly WebhooksDeadArn?: string;
};

/** Polls while AWS acts. */
export type Patience = { readonly tries: number; readonly pauseMs: number };
export const PATIENCE: Patience = { tries: 60, pauseMs: 2_000 };

type Operator = {
  readonly outputs: Outputs;
  readonly monitoring: QueryCall;
  readonly sns: QueryCall;
  readonly sqs: SQSClient;
};

/** Never rejects. */
export async function operate(operator: Operator, patience = PATIENCE): Promise<readonly Finding[]> {
  return [
    ...(await attempt("alarm", () => ringAlarm(operator, patience))),
    ...(await attempt("subscribers of alarms", () => listSubscribers(operator))),
    ...(await attempt("redrive", () => redrive(operator, patience))),
  ];
}

/** The finding of `check`, or a problem with the error's message. */
export async function attempt(subject: string, check: () => Promise<Omit<Finding, "subject">>): Promise<[Finding]> {
  try {
    return [{ subject, ...(await check()) }];
  } catch (error) {
    return [{ subject, state: "problem", found: (error as Error).message }];
  }
}

/** Sets an alarm and reads in its history whether the topic took it. CloudWatch itself sets it back within minutes. */
async function ringAlarm({ outputs, monitoring }: Operator, patience: Patience): Promise<Omit<Finding, "subject">> {
  const AlarmName = named(outputs, "AlarmName");
  const since = new Date().toISOString();
  await monitoring("SetAlarmState", { AlarmName, StateValue: "ALARM", StateReason: "unclip-aws doctor --live" });
  const history = { AlarmName, HistoryItemType: "Action", StartDate: since };
  const [summary] = await poll(patience, async () =>
    (await monitoring("DescribeAlarmHistory", history))("HistorySummary"),
  );
  if (summary === undefined) throw new Error(`${AlarmName} was set, and its history shows no notification`);
  return /^Success/.test(summary)
    ? { state: "ok", found: `${AlarmName}: ${summary}` }
    : { state: "problem", found: summary };
}

async function listSubscribers({ outputs, sns }: Operator): Promise<Omit<Finding, "subject">> {
  const answer = await sns("ListSubscriptionsByTopic", { TopicArn: named(outputs, "AlarmTopicArn") });
  const [protocols, arns] = [answer("Protocol"), answer("SubscriptionArn")];
  const pending = protocols.filter((_, i) => arns[i] === "PendingConfirmation");
  if (protocols.length === 0) {
    return {
      state: "warning",
      found: "nobody",
      advice: "deploy with -c unclip:email=ADDRESS, or subscribe to the topic",
    };
  }
  if (pending.length === 0) return { state: "ok", found: protocols.join(", ") };
  const advice = "open the link in the mail of AWS Notifications, then run this again: an alarm comes by mail";
  return { state: "warning", found: `${pending.join(", ")} not confirmed`, advice };
}

/** A message of no job, through the dead-letter queue of webhooks, which nothing else reads. */
async function redrive({ outputs, sqs }: Operator, patience: Patience): Promise<Omit<Finding, "subject">> {
  const QueueUrl = named(outputs, "WebhooksDeadUrl");
  const SourceArn = named(outputs, "WebhooksDeadArn");
  const MessageBody = JSON.stringify({ id: "unclip-aws-doctor" });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  const moved = await poll(patience, async () => {
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }));
    return Results.filter(({ Status }) => Status !== "RUNNING");
  });
  const [{ Status, FailureReason = "", ApproximateNumberOfMessagesMoved = 0 } = {}] = moved;
  if (Status !== "COMPLETED")
    throw new Error(`the move of dead letters is ${Status ?? "still running"} ${FailureReason}`);
  return { state: "ok", found: `${ApproximateNumberOfMessagesMoved} messages moved back to their queue` };
}

/** The first answer that is not empty, or the last one. */
async function poll<T>({ tries, pauseMs }: Patience, ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (let i = 1; ; i++) {
    const found = await ask();
    if (found.length > 0 || i === tries) return found;
    await sleep(pauseMs);
  }
}

function named(outputs: Outputs, name: keyof Outputs): string {
  const value = outputs[name];
  if (value === undefined) throw new Error(`the deployment's outputs have no ${name}: deploy and connect it again`);
  return value;
}
