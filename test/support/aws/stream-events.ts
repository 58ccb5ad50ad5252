// Events of a table's stream as Lambda brings them, made of records.
import type { DynamoDBStreamEvent } from "aws-lambda";
import { recordKey, toItem } from "../../../infra/aws/item.ts";
import type { JobRecord } from "../../../infra/jobs/job.ts";

/** Written just now. */
export function streamEvent(...records: readonly JobRecord[]): DynamoDBStreamEvent {
  return eventFrom(Date.now(), ...records);
}

export function eventFrom(at: number, ...records: readonly JobRecord[]): DynamoDBStreamEvent {
  const ApproximateCreationDateTime = at / 1000;
  const Records = records.map((record) => {
    const NewImage = toItem(record, "w", 86_400_000);
    const SequenceNumber = sequenceOf(record);
    const StreamViewType = "NEW_IMAGE";
    const dynamodb = {
      ApproximateCreationDateTime,
      Keys: recordKey(record.id),
      NewImage,
      SequenceNumber,
      StreamViewType,
    };
    return { eventID: SequenceNumber, eventName: "MODIFY", eventSource: "aws:dynamodb", dynamodb };
  });
  return { Records } as DynamoDBStreamEvent;
}

export function sequenceOf({ id, version }: JobRecord): string {
  return `${id}/${version}`;
}
