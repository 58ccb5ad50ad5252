// Events of a table's stream as Lambda brings them, made of records.
import type { DynamoDBStreamEvent } from "aws-lambda";
import { itemOf, keyOf } from "../../../infra/aws/item.ts";
import type { JobRecord } from "../../../infra/jobs/job.ts";

export function streamEvent(...records: readonly JobRecord[]): DynamoDBStreamEvent {
  const Records = records.map((record) => {
    const { record: packed, ...rest } = itemOf(record, "w", 86_400_000);
    const NewImage = { ...rest, record: { B: Buffer.from(packed!.B!).toString("base64") } };
    const SequenceNumber = sequenceOf(record);
    const dynamodb = { Keys: keyOf(record.id), NewImage, SequenceNumber, StreamViewType: "NEW_IMAGE" };
    return { eventID: SequenceNumber, eventName: "MODIFY", eventSource: "aws:dynamodb", dynamodb };
  });
  return { Records } as DynamoDBStreamEvent;
}

export function sequenceOf({ id, version }: JobRecord): string {
  return `${id}/${version}`;
}
