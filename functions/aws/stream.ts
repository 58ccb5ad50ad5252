// Lambda entry: function URL with response streaming -> GraphQL, with subscriptions by server-sent events.
import { awsSettings } from "../../infra/config/env.ts";
import { openAiImages } from "../openai/images.ts";
import { openApiServices } from "./api-services.ts";
import { type StreamParts, streamHandler } from "./stream-handler.ts";

const begin: StreamParts["begin"] = (out, head) => awslambda.HttpResponseStream.from(out, head);

const services = openApiServices(awsSettings());
const { api, jobs, blobs, authenticator } = services;
/** CloudFront waits for 60 seconds for the beginning of an answer. */
const openAi = openAiImages({ api, jobs, blobs, authenticate: authenticator.authenticate, waitMs: 50_000 });

export const handler = awslambda.streamifyResponse(streamHandler({ ...services, openAi, begin }));
