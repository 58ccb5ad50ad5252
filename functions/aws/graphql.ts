// Lambda entry: API Gateway (HTTP API) -> GraphQL.
import { awsSettings } from "../../infra/config/env.ts";
import { openApiServices } from "./api-services.ts";
import { graphqlHandler } from "./graphql-handler.ts";

export const handler = graphqlHandler(openApiServices(awsSettings()));
