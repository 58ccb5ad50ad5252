// API Gateway (WebSocket API) -> GraphQL: its routes $connect, $default and $disconnect.
import { awsSettings } from "../../infra/env.ts";
import { socketHandler } from "./socket-handler.ts";
import { openSockets } from "./sockets.ts";

export const handler = socketHandler(openSockets(awsSettings()));
