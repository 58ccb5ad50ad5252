// Lambda entry: API Gateway (WebSocket API) -> GraphQL. Its routes are $connect, $default and $disconnect.
import { awsSettings } from "../../infra/config/env.ts";
import { socketHandler } from "./socket-handler.ts";
import { openSocketServices } from "./sockets/services.ts";

export const handler = socketHandler(openSocketServices(awsSettings()));
