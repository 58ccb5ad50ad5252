// What CloudFormation does with the resources of a deployment that is updated to other templates.
import type { Resource, Template, Templates } from "./synth.ts";

/** By type: the properties whose change makes CloudFormation replace the resource, as paths ("Engine/Name"). */
export type Immutable = Readonly<Record<string, readonly string[]>>;

type Change = {
  /** "stack/LogicalId". */
  readonly id: string;
  readonly type: string;
  /** The immutable properties that differ. Empty: the resource is no longer in the template. */
  readonly because: readonly string[];
};

/** Resources that are deleted, or deleted after a new one was created. */
export function lost(before: Templates, after: Templates, immutable: Immutable): readonly Change[] {
  return resourcesOf(before).flatMap(({ id, stack, name, resource: { Type, Properties = {} } }) => {
    const now = after[stack]?.Resources[name];
    if (now?.Type !== Type) return [{ id, type: Type, because: [] }];
    const paths = immutable[Type] ?? [];
    const because = paths.filter((path) => !same(at(Properties, path), at(now.Properties ?? {}, path)));
    return because.length > 0 ? [{ id, type: Type, because }] : [];
  });
}

/**
 * Resources that CloudFormation creates before it deletes another one of the same name, which AWS refuses. `names`: by
 * type, the property that is the name.
 */
export function collisions(before: Templates, after: Templates, names: Readonly<Record<string, string>>): string[] {
  const taken = new Map(
    resourcesOf(before).flatMap(({ id, resource }) => {
      const name = nameOf(resource, names);
      return name === undefined ? [] : [[name, id] as const];
    }),
  );
  return resourcesOf(after).flatMap(({ id, resource }) => {
    const name = nameOf(resource, names);
    const holder = name === undefined ? undefined : taken.get(name);
    return holder === undefined || holder === id ? [] : [`${id} takes the name of ${holder}: ${name}`];
  });
}

/**
 * Exports that a deployed stack still imports when the update removes them or changes their value. Stacks are updated one
 * by one, and the one that exports comes first.
 */
export function brokenImports(before: Templates, after: Templates): string[] {
  const exported = exportsOf(after);
  const changed = [...exportsOf(before)]
    .filter(([name, value]) => !same(exported.get(name), value))
    .map(([name]) => name);
  return Object.entries(before).flatMap(([stack, template]) =>
    changed.filter((name) => importsOf(template).has(name)).map((name) => `${stack} imports ${name}`),
  );
}

function exportsOf(templates: Templates): ReadonlyMap<string, unknown> {
  const outputs = Object.values(templates).flatMap(({ Outputs = {} }) => Object.values(Outputs));
  return new Map(outputs.flatMap(({ Export, Value }) => (Export === undefined ? [] : [[Export.Name, Value]])));
}

function importsOf(template: Template): ReadonlySet<string> {
  const names = [...JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(([, name]) => name!);
  return new Set(names);
}

function resourcesOf(templates: Templates) {
  return Object.entries(templates).flatMap(([stack, { Resources }]) =>
    Object.entries(Resources).map(([name, resource]) => ({ id: `${stack}/${name}`, stack, name, resource })),
  );
}

function nameOf({ Type, Properties }: Resource, names: Readonly<Record<string, string>>): string | undefined {
  const name = Properties?.[names[Type] ?? ""];
  return typeof name === "string" ? `${Type} ${name}` : undefined;
}

/** Within a list, the values of all its elements: the path "KeySchema/*\/AttributeName". */
function at(value: unknown, path: string): unknown {
  const [first, ...rest] = path.split("/");
  if (value === undefined || value === null || first === undefined || first === "") return value;
  if (first === "*") return (value as unknown[]).map((one) => at(one, rest.join("/")));
  return at((value as Record<string, unknown>)[first], rest.join("/"));
}

const same = (one: unknown, other: unknown) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}
