// An alarm beside each thing that can go wrong. Each names its section of docs/guide/runbook.md.
import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";

/** Anchors of the runbook's sections. */
export type Section =
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

export type AlarmProps = {
  readonly section: Section;
  /** One sentence for whoever is woken up. */
  readonly says: string;
  readonly metric: IMetric;
  /** The alarm goes off above this. */
  readonly above: number;
  /** Periods of the metric, one after another, that must be above. */
  readonly times?: number;
};

export class Alarms {
  /** Their names: the dashboard knows them by these, so that no stack depends on what another one watches. */
  readonly names: string[] = [];
  readonly topic: Topic;

  constructor(scope: Construct, email: string | undefined) {
    this.topic = new Topic(scope, "Alarms", { enforceSSL: true });
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }

  add(scope: Construct, id: string, { section, says, metric, above, times = 1 }: AlarmProps): void {
    const alarmName = `${scope.node.path}-${id}`.replaceAll("/", "-");
    const alarm = new Alarm(scope, id, {
      alarmName,
      alarmDescription: `${says} What to do: docs/guide/runbook.md#${section}`,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: times,
      // Where nothing happens, nothing is measured.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    this.names.push(alarmName);
  }
}

/** How long a metric's values are taken together. */
export const MINUTE = { period: Duration.minutes(1) } as const;
export const FIVE_MINUTES = { period: Duration.minutes(5) } as const;
