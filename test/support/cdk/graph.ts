// The resources of all templates as one graph: which resource a property refers to, also across stacks.
import type { Resource, Template, Templates } from "./synth.ts";

export type Node = {
  /** "stack/LogicalId". */
  readonly id: string;
  readonly type: string;
  readonly properties: Resource["Properties"];
  /** How CloudFormation changes the resource: by CodeDeploy, for an alias. */
  readonly updatePolicy: Resource["UpdatePolicy"];
  /** Ids of the resources that a value in this resource's template refers to. */
  readonly refersTo: (value: unknown) => readonly string[];
};

export function nodesOf(templates: Templates): readonly Node[] {
  const exported = new Map(
    Object.entries(templates).flatMap(([stack, { Outputs }]) =>
      Object.values(Outputs ?? {})
        .filter(({ Export }) => Export !== undefined)
        .map(({ Export, Value }) => [Export!.Name, { stack, value: Value }] as const),
    ),
  );
  const references = (stack: string, value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap((one) => references(stack, one));
    if (value === null || typeof value !== "object") return [];
    return Object.entries(value).flatMap(([name, inner]) => {
      if (name === "Ref") return localIds(stack, templates[stack], inner);
      if (name === "Fn::GetAtt") return localIds(stack, templates[stack], inner[0]);
      if (name !== "Fn::ImportValue") return references(stack, inner);
      const source = exported.get(inner);
      if (source === undefined) throw new Error(`${stack} imports ${inner}, which no stack exports`);
      return references(source.stack, source.value);
    });
  };
  return Object.entries(templates).flatMap(([stack, { Resources }]) =>
    Object.entries(Resources).map(([name, { Type, Properties, UpdatePolicy }]) => ({
      id: `${stack}/${name}`,
      type: Type,
      properties: Properties ?? {},
      updatePolicy: UpdatePolicy,
      refersTo: (value: unknown) => references(stack, value),
    })),
  );
}

/** Pseudo parameters such as AWS::Region, and parameters, are no resources. */
function localIds(stack: string, template: Template | undefined, name: string): string[] {
  return template?.Resources[name] === undefined ? [] : [`${stack}/${name}`];
}
