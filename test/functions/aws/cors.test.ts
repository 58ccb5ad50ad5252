// The table of pages of other origins, on AWS: the function that answers GraphQL, and what the templates tell S3 and CloudFront.
import { graphqlHandler } from "../../../functions/aws/graphql-handler.ts";
import { contractOfCors, LISTED } from "../../contracts/cors.ts";
import { httpEvent } from "../../support/aws/lambda-events.ts";
import { one, synthesise } from "../../support/cdk/synth.ts";
import { Service } from "../../support/schema/service.ts";

contractOfCors("AWS", async () => {
  const { data } = synthesise({ cors: LISTED }).templates;
  const [rule] = one(data, "AWS::S3::Bucket", "Bucket").Properties.CorsConfiguration.CorsRules;
  const { CorsConfig } = one(data, "AWS::CloudFront::ResponseHeadersPolicy").Properties.ResponseHeadersPolicyConfig;
  const handler = graphqlHandler(new Service({ cors: [LISTED] }));
  const call = async (rawPath: string, { method = "GET", headers, body }: RequestInit) => {
    const event = httpEvent({ headers: { authorization: "Bearer ada" } });
    const result = await handler({
      ...event,
      rawPath,
      headers: { ...event.headers, "content-type": "text/plain", ...(headers as Record<string, string>) },
      requestContext: { ...event.requestContext, http: { ...event.requestContext.http, method } },
      ...(typeof body === "string" && { body }),
    });
    return new Response(result.statusCode === 204 ? null : (result.body ?? ""), {
      status: result.statusCode!,
      headers: result.headers as Record<string, string>,
    });
  };
  const origin = ({ headers }: RequestInit) => new Headers(headers).get("origin")!;
  return {
    send: async (target, init) => {
      if (target === "graphql") return call("/graphql", init);
      if (target === "picture by id") return call("/pictures/unknown", init);
      // S3 and CloudFront allow an origin that is on their list, or for which the list has a pattern.
      if (target === "upload") return answer(400, origin(init), rule.AllowedOrigins);
      return answer(403, origin(init), CorsConfig.AccessControlAllowOrigins.Items);
    },
    close: async () => {},
  };
});

function answer(status: number, origin: string, allowed: readonly string[]): Response {
  const matches = (pattern: string) => {
    const [start = "", end] = pattern.split("*");
    return end === undefined ? origin === pattern : origin.startsWith(start) && origin.endsWith(end);
  };
  const headers = allowed.some(matches) ? { "access-control-allow-origin": origin } : undefined;
  return new Response(null, { status, ...(headers && { headers }) });
}
