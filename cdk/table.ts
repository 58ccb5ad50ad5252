// The one table, as infra/aws/table.ts says.

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

type Kept = { readonly key: IKey | undefined; readonly keepData: boolean };

const INDEXES: readonly IndexDefinition[] = Object.values(TABLE.indexes);

export function makeTable(scope: Construct, { key, keepData }: Kept, alarms: Alarms): Table {
  const table = new Table(scope, "Table", {
    partitionKey: attribute(TABLE.partition),
    sortKey: attribute(TABLE.sort),
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: TABLE.expiry,
    stream: StreamViewType[TABLE.stream],
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    ...(key ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key } : {}),
    deletionProtection: keepData,
    removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  for (const { name, partition, sort, beside } of INDEXES) {
    table.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey: attribute(partition),
      sortKey: attribute(sort),
      ...(beside.length > 0
        ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...beside] }
        : { projectionType: ProjectionType.KEYS_ONLY }),
    });
  }
  alarms.add(table, "Throttled", {
    section: "the-table-is-throttled",
    says: "DynamoDB held reads or writes back.",
    metric: throttled(table),
    above: 0,
    times: 2,
  });
  return table;
}

/** Of the table and its indexes: an index that cannot follow holds the table's writes back. */
function throttled(table: Table): MathExpression {
  const events = ["ReadThrottleEvents", "WriteThrottleEvents"] as const;
  const metric = (name: string, index?: string) =>
    table.metric(name, {
      ...FIVE_MINUTES,
      statistic: "Sum",
      dimensionsMap: { TableName: table.tableName, ...(index && { GlobalSecondaryIndexName: index }) },
    });
  const all = [undefined, ...INDEXES.map(({ name }) => name)].flatMap((index) =>
    events.map((event) => metric(event, index)),
  );
  const usingMetrics = Object.fromEntries(all.map((one, i) => [`m${i}`, one]));
  // A metric that was never measured would make the sum unknown.
  const expression = Object.keys(usingMetrics)
    .map((name) => `FILL(${name}, 0)`)
    .join(" + ");
  return new MathExpression({ ...FIVE_MINUTES, expression, usingMetrics, label: "Throttled reads and writes" });
}

function attribute({ name, type }: { readonly name: string; readonly type: "S" | "N" }): Attribute {
  return { name, type: type === "S" ? AttributeType.STRING : AttributeType.NUMBER };
}
