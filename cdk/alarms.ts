// CloudWatch alarms. Each one links to its section of docs/guide/runbook.md.
import { Duration, Stack } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";

/** Anchors of the runbook's sections. */
export type RunbookSection =
  | "jobs-wait"
  | "jobs-died"
  | "dead-letters"
  | "webhooks-wait"
  | "functions-fail"
  | "functions-held-back"
  | "events-are-late"
  | "events-were-given-up"
  | "the-api-fails"
  | "the-table-is-throttled"
  | "gpu-workers-do-not-start"
  | "gpu-workers-fail";

type AlarmProps = {
  readonly section: RunbookSection;
  /** One sentence for the person on call. */
  readonly description: string;
  readonly metric: IMetric;
  /** The alarm fires above this value. */
  readonly threshold: number;
  /** Consecutive periods above the threshold before the alarm fires. Default: 1. */
  readonly evaluationPeriods?: number;
};

export class Alarms {
  /** The dashboard refers to alarms by name, so that its stack depends on no other stack. */
  readonly names: string[] = [];
  readonly topic: Topic;

  constructor(scope: Construct, email: string | undefined) {
    this.topic = new Topic(scope, "Alarms", { enforceSSL: true });
    this.topic.addToResourcePolicy(publishesAlarms(this.topic));
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }

  add(
    scope: Construct,
    id: string,
    { section, description, metric, threshold, evaluationPeriods = 1 }: AlarmProps,
  ): Alarm {
    // Logical ids leave "Default" out of a path as well.
    const path = scope.node.path.split("/").filter((one) => one !== "Default");
    const alarmName = [...path, id].join("-");
    const alarm = new Alarm(scope, id, {
      alarmName,
      alarmDescription: `${description} What to do: docs/guide/runbook.md#${section}`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods,
      // Most metrics have no data points while the service is idle.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    this.names.push(alarmName);
    return alarm;
  }
}

/**
 * A topic without a policy accepts alarms of its own account. `enforceSSL` adds a policy, which replaces that default.
 */
function publishesAlarms(topic: Topic): PolicyStatement {
  const { account } = Stack.of(topic);
  const alarms = Stack.of(topic).formatArn({ service: "cloudwatch", resource: "alarm:*" });
  return new PolicyStatement({
    sid: "Alarms",
    principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
    actions: ["sns:Publish"],
    resources: [topic.topicArn],
    conditions: { StringEquals: { "aws:SourceAccount": account }, ArnLike: { "aws:SourceArn": alarms } },
  });
}

/** Periods of metrics. */
export const MINUTE = { period: Duration.minutes(1) } as const;
export const FIVE_MINUTES = { period: Duration.minutes(5) } as const;
