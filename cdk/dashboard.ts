// One dashboard: all alarms, then queues, the API, each function and the table.
import { Duration } from "aws-cdk-lib";
import { Alarm, AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { FIVE_MINUTES, MINUTE } from "./alarms.ts";
import type { Api } from "./api.ts";
import type { Data } from "./data.ts";

const WIDTH = 12;

type DashboardProps = {
  readonly data: Data;
  readonly api: Api;
  /** Names: a function that this stack imported could no longer be removed from its own stack. */
  readonly functionNames: readonly string[];
};

export class Observability extends Construct {
  constructor(scope: Construct, id: string, { data, api, functionNames }: DashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, "Dashboard", { defaultInterval: Duration.hours(6) });
    const { jobs, jobsDead, webhooks, webhooksDead } = data.queues;
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: WIDTH });
    const alarms = data.alarms.names.map((name) => Alarm.fromAlarmName(this, name, name));
    dashboard.addWidgets(new AlarmStatusWidget({ title: "Alarms", alarms, width: 2 * WIDTH }));
    dashboard.addWidgets(
      graph(
        "Jobs: waiting, in flight; age of the oldest (s)",
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
      graph("HTTP: latency p50, p99 (ms)", [
        api.http.metricLatency({ ...MINUTE, statistic: "p50" }),
        api.http.metricLatency({ ...MINUTE, statistic: "p99" }),
      ]),
    );
    const perFunction = (title: string, metricName: string, statistic: string) =>
      graph(
        title,
        functionNames.map((name) => functionMetric(name, metricName, statistic)),
      );
    dashboard.addWidgets(
      perFunction("Functions: invocations", "Invocations", "Sum"),
      perFunction("Functions: duration p99 (ms)", "Duration", "p99"),
      perFunction("Functions: errors", "Errors", "Sum"),
      perFunction("Functions: concurrent executions", "ConcurrentExecutions", "Maximum"),
    );
    dashboard.addWidgets(
      graph("WebSocket events: age of the table's stream (ms)", [
        functionMetric(api.sockets.fanout.name, "IteratorAge", "Maximum"),
      ]),
      graph(
        "Table: consumed read and write units",
        [data.table.metricConsumedReadCapacityUnits(MINUTE)],
        [data.table.metricConsumedWriteCapacityUnits(MINUTE)],
      ),
    );
  }
}

function functionMetric(FunctionName: string, metricName: string, statistic: string): Metric {
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
