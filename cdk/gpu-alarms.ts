// Alarms for GPU workers. AWS Batch publishes no metrics of its jobs, but it emits events; EventBridge rules count them.
import type { JobQueue } from "aws-cdk-lib/aws-batch";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { type EventPattern, Rule } from "aws-cdk-lib/aws-events";
import type { Construct } from "constructs";
import { type Alarms, FIVE_MINUTES } from "./alarms.ts";

export function addGpuAlarms(scope: Construct, queue: JobQueue, alarms: Alarms): void {
  const countEvents = (id: string, description: string, eventPattern: EventPattern) => {
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
  const blocked = countEvents("Blocked", "Batch cannot start the first worker of the queue", {
    detailType: ["Batch Job Queue Blocked"],
    resources: [queue.jobQueueArn],
  });
  alarms.add(blocked.rule, "Waits", {
    section: "gpu-workers-do-not-start",
    description: "AWS Batch cannot start workers with a GPU.",
    metric: blocked.metric,
    threshold: 0,
    // Batch may emit one such event while the first machine starts normally.
    evaluationPeriods: 2,
  });
  // Excludes workers that Spot interrupted and Batch restarts, and stopped workers: those release their job and exit with 0.
  const failed = countEvents("Failed", "A worker of the queue has failed", {
    detailType: ["Batch Job State Change"],
    detail: { jobQueue: [queue.jobQueueArn], status: ["FAILED"] },
  });
  alarms.add(failed.rule, "Fails", {
    section: "gpu-workers-fail",
    description: "A worker with a GPU has failed.",
    metric: failed.metric,
    threshold: 0,
  });
}
