// One page of graphs: what waits, what draws, what callers get, what each function does; and all alarms on top.
import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Alarm, AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { FIVE_MINUTES, MINUTE } from "./alarms.ts";
import type { Api } from "./api.ts";
import type { Data } from "./data.ts";

const WIDTH = 12;

export type Shown = {
  readonly data: Data;
  readonly api: Api;
  /** By their names: a stack whose function this one imported could not do without it any more. */
  readonly functions: readonly string[];
};

export class Observability extends Stack {
  constructor(scope: Construct, id: string, { data, api, functions }: Shown, props: StackProps) {
    super(scope, id, props);
    const dashboard = new Dashboard(this, "Dashboard", { defaultInterval: Duration.hours(6) });
    const { jobs, jobsDead, webhooks, webhooksDead } = data.queues;
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: WIDTH });
    const alarms = data.alarms.names.map((name) => Alarm.fromAlarmName(this, name, name));
    dashboard.addWidgets(new AlarmStatusWidget({ title: "Alarms", alarms, width: 2 * WIDTH }));
    dashboard.addWidgets(
      graph(
        "Jobs: waiting, at hand; age of the oldest (s)",
        [
          jobs.metricApproximateNumberOfMessagesVisible(MINUTE),
          jobs.metricApproximateNumberOfMessagesNotVisible(MINUTE),
        ],
        [jobs.metricApproximateAgeOfOldestMessage(MINUTE)],
      ),
      graph(
        "Webhooks waiting; dead letters",
        [webhooks.metricApproximateNumberOfMessagesVisible(MINUTE)],
        [jobsDead, webhooksDead].map((queue) => queue.metricApproximateNumberOfMessagesVisible(MINUTE)),
      ),
    );
    dashboard.addWidgets(
      graph(
        "HTTP: requests, 4xx, 5xx",
        [api.http.metricCount(MINUTE)],
        [api.http.metricClientError(MINUTE), api.http.metricServerError(MINUTE)],
      ),
      graph("HTTP: milliseconds, half and 99 of 100", [
        api.http.metricLatency({ ...MINUTE, statistic: "p50" }),
        api.http.metricLatency({ ...MINUTE, statistic: "p99" }),
      ]),
    );
    const each = (title: string, metricName: string, statistic: string) =>
      graph(
        title,
        functions.map((name) => measured(name, metricName, statistic)),
      );
    dashboard.addWidgets(
      each("Functions: runs", "Invocations", "Sum"),
      each("Functions: milliseconds, 99 of 100", "Duration", "p99"),
      each("Functions: failures", "Errors", "Sum"),
      each("Functions: at a time", "ConcurrentExecutions", "Maximum"),
    );
    dashboard.addWidgets(
      graph("Changes of jobs: told to sockets so late (ms)", [
        measured(api.sockets.fanout.name, "IteratorAge", "Maximum"),
      ]),
      graph(
        "Table: units read, units written",
        [data.table.metricConsumedReadCapacityUnits(MINUTE)],
        [data.table.metricConsumedWriteCapacityUnits(MINUTE)],
      ),
    );
  }
}

function measured(FunctionName: string, metricName: string, statistic: string): Metric {
  const dimensionsMap = { FunctionName };
  return new Metric({
    ...FIVE_MINUTES,
    namespace: "AWS/Lambda",
    metricName,
    dimensionsMap,
    statistic,
    label: FunctionName,
  });
}
