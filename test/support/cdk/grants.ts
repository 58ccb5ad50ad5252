// What the templates allow: statements of roles, and of the policies of topics, queues, buckets and functions.
import type { Node } from "./graph.ts";

export type Grant = {
  /** Id of the role, or the service ("cloudwatch.amazonaws.com", or "*" for everybody). */
  readonly principal: string;
  readonly actions: readonly string[];
  /** Ids of the resources. A resource that is no part of the templates is its ARN. */
  readonly targets: readonly string[];
  /** Ids of the resources on whose behalf a service may act; empty for a role. */
  readonly sources: readonly string[];
  /** Whether a service may act on behalf of this account only. */
  readonly ownAccount: boolean;
};

type Statement = {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: "*" | { readonly Service?: string | readonly string[]; readonly AWS?: unknown };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

export function grantsOf(nodes: readonly Node[]): readonly Grant[] {
  return nodes.flatMap((node) => {
    if (node.type === "AWS::IAM::Policy") return ofRoles(node, node.refersTo(node.properties.Roles));
    if (node.type === "AWS::Lambda::Permission") return [ofFunction(node)];
    if (/^AWS::(SNS::Topic|SQS::Queue|S3::Bucket|Events::EventBus)Policy$/.test(node.type)) return ofServices(node);
    return [];
  });
}

function ofRoles(node: Node, roles: readonly string[]): Grant[] {
  return allowed(node).flatMap(({ Action, Resource }) =>
    roles.map((principal) => ({
      principal,
      actions: [Action].flat(),
      targets: targetsOf(node, Resource),
      sources: [],
      ownAccount: true,
    })),
  );
}

function ofServices(node: Node): Grant[] {
  return allowed(node).flatMap(({ Action, Resource, Principal, Condition = {} }) => {
    const services = typeof Principal === "object" ? [Principal.Service ?? "*"].flat() : ["*"];
    const conditions = Object.values(Condition);
    return services.map((principal) => ({
      principal,
      actions: [Action].flat(),
      targets: targetsOf(node, Resource),
      sources: node.refersTo(conditions.map((one) => one["aws:SourceArn"] ?? one["AWS:SourceArn"])),
      ownAccount: conditions.some((one) => "aws:SourceAccount" in one || "AWS:SourceArn" in one),
    }));
  });
}

/** A public function URL is the only source that a permission does not name. */
function ofFunction({ properties, refersTo }: Node): Grant {
  const { Action, Principal, FunctionName, SourceArn } = properties;
  return {
    principal: Principal,
    actions: [Action],
    targets: refersTo(FunctionName),
    sources: refersTo(SourceArn),
    ownAccount: SourceArn !== undefined,
  };
}

function allowed({ properties }: Node): readonly Statement[] {
  const statements: readonly Statement[] = properties.PolicyDocument.Statement;
  return statements.filter(({ Effect }) => Effect === "Allow");
}

function targetsOf(node: Node, resource: unknown): string[] {
  return [resource].flat().flatMap((one) => {
    const ids = node.refersTo(one);
    return ids.length > 0 ? ids : [typeof one === "string" ? one : JSON.stringify(one)];
  });
}
