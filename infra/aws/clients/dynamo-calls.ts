// The calls of DynamoDB that unclip makes, in DynamoDB's own JSON.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html

/** Exactly one of them is set. */
export type AttributeValue = {
  readonly S?: string;
  /** A number as decimal text. */
  readonly N?: string;
  /** Bytes as base64. */
  readonly B?: string;
  readonly BOOL?: boolean;
  readonly M?: Item;
};
export type Item = Readonly<Record<string, AttributeValue>>;

type Expressions = {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
};
type Write = Expressions & {
  readonly TableName: string;
  readonly ConditionExpression?: string;
  readonly ReturnValues?: "ALL_OLD" | "ALL_NEW";
  readonly ReturnValuesOnConditionCheckFailure?: "ALL_OLD";
};
type Pages = Expressions & {
  readonly TableName: string;
  readonly ConsistentRead?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
};

export type Put = Write & { readonly Item: Item };
export type Update = Write & { readonly Key: Item; readonly UpdateExpression: string };
export type Query = Pages & {
  readonly KeyConditionExpression: string;
  readonly FilterExpression?: string;
  readonly IndexName?: string;
  readonly ScanIndexForward?: boolean;
  readonly Select?: "COUNT";
};
export type Scan = Pages & { readonly FilterExpression: string; readonly ProjectionExpression?: string };

type Keys = { readonly Keys: readonly Item[]; readonly ConsistentRead?: boolean };
type Attributes = { readonly Attributes?: Item };
export type Page = { readonly Items?: readonly Item[]; readonly Count?: number; readonly LastEvaluatedKey?: Item };

/** Input and output of each call, by its name. */
export type DynamoCalls = {
  readonly GetItem: {
    readonly input: { readonly TableName: string; readonly Key: Item; readonly ConsistentRead: boolean };
    readonly output: { readonly Item?: Item };
  };
  readonly BatchGetItem: {
    readonly input: { readonly RequestItems: Readonly<Record<string, Keys>> };
    readonly output: {
      readonly Responses?: Readonly<Record<string, readonly Item[]>>;
      readonly UnprocessedKeys?: Readonly<Record<string, Keys>>;
    };
  };
  readonly PutItem: { readonly input: Put; readonly output: Attributes };
  readonly UpdateItem: { readonly input: Update; readonly output: Attributes };
  readonly DeleteItem: { readonly input: Write & { readonly Key: Item }; readonly output: Attributes };
  readonly Query: { readonly input: Query; readonly output: Page };
  readonly Scan: { readonly input: Scan; readonly output: Page };
};

export type Dynamo = {
  /** Rejects with DynamoError if DynamoDB refuses the call, after the retries. */
  call<Name extends keyof DynamoCalls>(
    name: Name,
    input: DynamoCalls[Name]["input"],
  ): Promise<DynamoCalls[Name]["output"]>;
};

/** `name` is AWS's code, such as "ConditionalCheckFailedException". */
export class DynamoError extends Error {
  readonly status: number;
  /** The item that failed the condition, if the call asked for it. */
  readonly item: Item | undefined;

  constructor(name: string, message: string, status: number, item: Item | undefined) {
    super(message);
    this.name = name;
    this.status = status;
    this.item = item;
  }
}

export function isConditionFailure(error: unknown): error is DynamoError {
  return error instanceof DynamoError && error.name === "ConditionalCheckFailedException";
}

/** The error of a condition that failed; throws every other error. */
export function conditionFailure(error: unknown): DynamoError {
  if (isConditionFailure(error)) return error;
  throw error;
}

/** All items of a query or a scan. Pages are fetched on demand. */
export async function* items<Name extends "Query" | "Scan">(
  dynamo: Dynamo,
  name: Name,
  input: DynamoCalls[Name]["input"],
): AsyncGenerator<Item, void, undefined> {
  let from: Item | undefined;
  do {
    const page: Page = await dynamo.call(name, { ...input, ...(from && { ExclusiveStartKey: from }) });
    yield* page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}
