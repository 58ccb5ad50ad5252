// What the handlers of WebSocket messages depend on.
import type { Socket } from "../../../infra/aws/connection-items.ts";
import type { Connections } from "../../../infra/aws/connections.ts";
import type { Jobs } from "../../../infra/jobs/jobs.ts";
import type { JobStore } from "../../../infra/ports.ts";
import type { ClientMessage, MessageType, StatelessOperations } from "../../../schema/index.ts";
import type { Authenticator } from "../authenticate.ts";
import type { Deliver } from "./deliver-events.ts";
import type { Send, SenderParts } from "./sender.ts";

export type SocketParts = SenderParts & {
  readonly connections: Connections;
  readonly authenticator: Pick<Authenticator, "identify" | "findViewer">;
  readonly operations: StatelessOperations;
  readonly deliver: Deliver;
  readonly store: Pick<JobStore, "get">;
  readonly jobs: Pick<Jobs, "of" | "settled">;
  readonly operationsPerSocket: number;
  readonly followersPerJob: number;
};

export type MessageContext = SocketParts & { readonly send: Send };

/** A message and the connection that it arrived over. */
export type Incoming<Type extends MessageType = MessageType> = {
  readonly socket: Socket;
  readonly message: Extract<ClientMessage, { type: Type }>;
};
