// Lambda entry: API Gateway (HTTP API) -> GraphQL and pages.
import path from "node:path";
import { awsSettings } from "../../infra/config/env.ts";
import { pageRoutes } from "../pages/page-files.ts";
import { openStudio } from "../pages/studio.ts";
import { openApiServices } from "./api-services.ts";
import { graphqlHandler } from "./graphql-handler.ts";
import { STREAM_PATH } from "./http.ts";

const settings = awsSettings();
/** Beside the bundled code of the function (cdk/build-lambdas.ts). */
const pages = pageRoutes(() => openStudio(path.join(import.meta.dirname, "studio")), {
  fileOrigins: settings.fileOrigins,
  streamUrl: settings.streamUrl ?? STREAM_PATH,
});

export const handler = graphqlHandler({ ...openApiServices(settings), pages });
