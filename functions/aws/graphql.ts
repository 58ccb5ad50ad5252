// API Gateway (HTTP API) -> GraphQL.
import { awsSettings } from "../../infra/config/env.ts";
import { openGateway } from "./api-services.ts";
import { graphqlHandler } from "./graphql-handler.ts";

export const handler = graphqlHandler(openGateway(awsSettings()));
