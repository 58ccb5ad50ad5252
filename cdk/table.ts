// The DynamoDB table, as infra/aws/table.ts defines it.
import { RemovalPolicy } from "aws-cdk-lib";
import { MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import {
  type Attribute,
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from "aws-cdk-lib/aws-dynamodb";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { type IndexDefinition, TABLE } from "../infra/aws/table.ts";
import { type Alarms, FIVE_MINUTES } from "./alarms.ts";

type TableOptions = { readonly key: IKey | undefined; readonly retainData: boolean };

const INDEXES: readonly IndexDefinition[] = Object.values(TABLE.indexes);

export function makeTable(scope: Construct, { key, retainData }: TableOptions, alarms: Alarms): Table {
  const table = new Table(scope, "Table", {
    partitionKey: attribute(TABLE.partition),
    sortKey: attribute(TABLE.sort),
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: TABLE.expiry,
    stream: StreamViewType[TABLE.stream],
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    ...(key ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key } : {}),
    // Without deletion protection, so that a first deployment that fails leaves no table. Of a table that somebody deletes,
    // DynamoDB keeps a backup for 35 days.
    removalPolicy: retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  });
  for (const { name, partition, sort, projected } of INDEXES) {
    table.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey: attribute(partition),
      sortKey: attribute(sort),
      ...(projected.length > 0
        ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...projected] }
        : { projectionType: ProjectionType.KEYS_ONLY }),
    });
  }
  alarms.add(table, "Throttled", {
    section: "the-table-is-throttled",
    description: "DynamoDB throttles reads or writes.",
    metric: throttleEvents(table),
    threshold: 0,
    evaluationPeriods: 2,
  });
  return table;
}

/**
 * Counts the table, and writes to its indexes, because a throttled index throttles writes to the table. Throttled reads of an
 * index fail the call that reads, which has an alarm. Each metric of an alarm costs money.
 */
function throttleEvents(table: Table): MathExpression {
  const metric = (name: string, index?: string) =>
    table.metric(name, {
      ...FIVE_MINUTES,
      statistic: "Sum",
      dimensionsMap: { TableName: table.tableName, ...(index && { GlobalSecondaryIndexName: index }) },
    });
  const all = [
    metric("ReadThrottleEvents"),
    metric("WriteThrottleEvents"),
    ...INDEXES.map(({ name }) => metric("WriteThrottleEvents", name)),
  ];
  const usingMetrics = Object.fromEntries(all.map((one, i) => [`m${i}`, one]));
  // A metric without data points would leave the sum without data.
  const expression = Object.keys(usingMetrics)
    .map((name) => `FILL(${name}, 0)`)
    .join(" + ");
  return new MathExpression({ ...FIVE_MINUTES, expression, usingMetrics, label: "Throttled reads and writes" });
}

function attribute({ name, type }: { readonly name: string; readonly type: "S" | "N" }): Attribute {
  return { name, type: type === "S" ? AttributeType.STRING : AttributeType.NUMBER };
}
