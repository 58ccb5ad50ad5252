// Batch measures nothing of its workers, but tells what becomes of them: such events are counted.
import type { JobQueue } from "aws-cdk-lib/aws-batch";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { type EventPattern, Rule } from "aws-cdk-lib/aws-events";
import type { Construct } from "constructs";
import { type Alarms, FIVE_MINUTES } from "./alarms.ts";

export function addGpuAlarms(scope: Construct, queue: JobQueue, alarms: Alarms): void {
  const counted = (id: string, description: string, eventPattern: EventPattern) => {
    const rule = new Rule(scope, id, { description, eventPattern: { source: ["aws.batch"], ...eventPattern } });
    const metric = new Metric({
      ...FIVE_MINUTES,
      namespace: "AWS/Events",
      metricName: "MatchedEvents",
      dimensionsMap: { RuleName: rule.ruleName },
      statistic: "Sum",
    });
    return { rule, metric };
  };
  const blocked = counted("Blocked", "Batch cannot start the first worker of the queue", {
    detailType: ["Batch Job Queue Blocked"],
    resources: [queue.jobQueueArn],
  });
  alarms.add(blocked.rule, "Waits", {
    section: "gpu-workers-do-not-start",
    says: "AWS Batch cannot start workers with a GPU.",
    metric: blocked.metric,
    above: 0,
    // While the first machine comes, Batch may say so once for no reason.
    times: 2,
  });
  // Not of a worker that Spot took and that Batch starts again, nor of one that was told to stop: it hands back and ends well.
  const failed = counted("Failed", "A worker of the queue has failed", {
    detailType: ["Batch Job State Change"],
    detail: { jobQueue: [queue.jobQueueArn], status: ["FAILED"] },
  });
  alarms.add(failed.rule, "Fails", {
    section: "gpu-workers-fail",
    says: "A worker with a GPU has failed.",
    metric: failed.metric,
    above: 0,
  });
}
