// Lambda entry: function URL with response streaming -> GraphQL, with subscriptions by server-sent events.
import { awsSettings } from "../../infra/config/env.ts";
import { openApiServices } from "./api-services.ts";
import { type StreamParts, streamHandler } from "./stream-handler.ts";

const begin: StreamParts["begin"] = (out, head) => awslambda.HttpResponseStream.from(out, head);

export const handler = awslambda.streamifyResponse(streamHandler({ ...openApiServices(awsSettings()), begin }));
