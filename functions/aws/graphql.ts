// API Gateway (HTTP API) -> GraphQL.
import { awsSettings } from "../../infra/env.ts";
import { openGateway } from "./gateway.ts";
import { graphqlHandler } from "./graphql-handler.ts";

export const handler = graphqlHandler(openGateway(awsSettings()));
