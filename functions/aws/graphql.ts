// API Gateway (HTTP API) -> GraphQL.
import { awsSettings } from "../../infra/env.ts";
import { graphqlHandler } from "./graphql-handler.ts";
import { openGateway } from "./gateway.ts";

export const handler = graphqlHandler(openGateway(awsSettings()));
