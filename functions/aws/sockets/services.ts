// Creates the services of the WebSocket API.
import { awsConnections } from "../../../infra/aws/connections.ts";
import type { AwsSettings } from "../../../infra/config/env.ts";
import { systemClock as clock } from "../../../infra/ports.ts";
import { DEFAULT_POLICY } from "../../../schema/index.ts";
import { openApiServices } from "../api-services.ts";
import { openPost } from "../services.ts";
import { createDeliver } from "./deliver-events.ts";

/**
 * Maximum subscriptions of a job. They share a partition, which takes a thousand writes a second, and an event writes each
 * of them twice.
 */
const FOLLOWERS_PER_JOB = 1_000;

/** Throws ConfigError. */
export function openSocketServices(settings: AwsSettings) {
  const services = openApiServices(settings);
  const { stateless: operations } = services.api;
  const connections = awsConnections(services.dynamo, services.table, clock, services.limiter);
  const post = openPost(settings);
  const deliver = createDeliver({ connections, post, operations, clock, log: services.log });
  const { operationsPerSocket } = DEFAULT_POLICY;
  return {
    ...services,
    clock,
    connections,
    post,
    operations,
    deliver,
    operationsPerSocket,
    followersPerJob: FOLLOWERS_PER_JOB,
  };
}
