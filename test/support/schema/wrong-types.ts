// From the schema itself: for every argument and every field of every input, values that are not of its type.
import {
  type GraphQLArgument,
  GraphQLEnumType,
  type GraphQLInputField,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLList,
  GraphQLNonNull,
  getNamedType,
  isCompositeType,
} from "graphql";
import { schema } from "../../../schema/index.ts";

type Place = GraphQLArgument | GraphQLInputField;
type Wrong = { readonly about: string; readonly query: string; readonly variables: object };

const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  String: [7, true, {}, ["a", "b"]],
  ID: [true, 1.5, {}, ["a", "b"]],
  Int: ["1", 1.5, 2 ** 31, -(2 ** 31) - 1, 1e300, true, {}, [1, 2]],
  Float: ["1", true, {}, [1, 2]],
  UnsignedInt: ["1", true, {}, [1, 2]],
  Boolean: ["true", 1, {}, [true, false]],
  DateTime: ["yesterday", "2026-11-29", 1, true, {}, ["2026-11-29T12:00:00Z", "2026-11-29T12:00:00Z"]],
};
const RIGHT: Readonly<Record<string, unknown>> = {
  String: "a",
  ID: "x",
  Int: 1,
  Float: 0.5,
  UnsignedInt: 1,
  Boolean: true,
  DateTime: "2026-11-29T12:00:00Z",
};

const needed = ({ type, defaultValue }: Place) => type instanceof GraphQLNonNull && defaultValue === undefined;

/** The least that GraphQL takes. */
function right(type: GraphQLInputType): unknown {
  if (type instanceof GraphQLNonNull) return right(type.ofType);
  if (type instanceof GraphQLList) return [right(type.ofType), right(type.ofType)];
  if (type instanceof GraphQLEnumType) return type.getValues()[0]!.name;
  if (!(type instanceof GraphQLInputObjectType)) return RIGHT[type.name];
  const fields = Object.values(type.getFields());
  const chosen = type.isOneOf ? fields.slice(0, 1) : fields.filter(needed);
  return Object.fromEntries(chosen.map((field) => [field.name, right(field.type)]));
}

/** Values that are wrong, each with the path to what is wrong in it. */
function* wrong(type: GraphQLInputType, path: string): Generator<readonly [path: string, value: unknown]> {
  if (type instanceof GraphQLNonNull) {
    yield [path, null];
    yield* wrong(type.ofType, path);
  } else if (type instanceof GraphQLList) {
    for (const [at, value] of wrong(type.ofType, `${path}.1`)) yield [at, [right(type.ofType), value]];
  } else if (type instanceof GraphQLEnumType) {
    for (const value of ["NOPE", "", 7, true, {}]) yield [path, value];
  } else if (type instanceof GraphQLInputObjectType) {
    yield* wrongObjects(type, path);
  } else {
    for (const value of WRONG[type.name]!) yield [path, value];
  }
}

function* wrongObjects(type: GraphQLInputObjectType, path: string): Generator<readonly [string, unknown]> {
  const whole = right(type) as Record<string, unknown>;
  for (const value of ["a", 7, true]) yield [path, value];
  yield [`${path}.nope`, { ...whole, nope: 1 }];
  const fields = Object.values(type.getFields());
  if (type.isOneOf) {
    yield [`${path} of none`, {}];
    yield [`${path} of all`, Object.fromEntries(fields.map((field) => [field.name, right(field.type)]))];
  }
  for (const field of fields) {
    const others = type.isOneOf ? {} : whole;
    if (needed(field)) yield [`${path}.${field.name} missing`, { ...whole, [field.name]: undefined }];
    for (const [at, value] of wrong(field.type, `${path}.${field.name}`))
      yield [at, { ...others, [field.name]: value }];
  }
}

export function wrongTypes(): Wrong[] {
  const roots = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  return Object.entries(roots).flatMap(([operation, root]) =>
    Object.values(root!.getFields()).flatMap(({ name, type, args }) => {
      const parameters = args.map((arg) => `$${arg.name}: ${arg.type}${defaultOf(arg)}`).join(", ");
      const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
      const selected = isCompositeType(getNamedType(type)) ? " { __typename }" : "";
      const query = `${operation} (${parameters}) { ${name}(${passed})${selected} }`;
      const whole = Object.fromEntries(args.filter(needed).map((arg) => [arg.name, right(arg.type)]));
      return args.flatMap((arg) => {
        const missing = needed(arg) ? [[`${arg.name} missing`, undefined] as const] : [];
        return [...missing, ...wrong(arg.type, arg.name)].map(([at, value]) => {
          const about = `${name} ${at}: ${JSON.stringify(value)?.slice(0, 60)}`;
          return { about, query, variables: { ...whole, [arg.name]: value } };
        });
      });
    }),
  );
}

const defaultOf = ({ defaultValue }: GraphQLArgument) =>
  defaultValue === undefined ? "" : ` = ${JSON.stringify(defaultValue)}`;

/** Names of the fields of a mutation's input, of those inside it too, but not of enums and booleans: those have no bounds. */
export function inputFields(mutation: string): string[] {
  const { args } = schema.getMutationType()!.getFields()[mutation]!;
  const names = (type: GraphQLInputObjectType): string[] =>
    Object.values(type.getFields()).flatMap((field) => {
      const named = getNamedType(field.type);
      if (named instanceof GraphQLEnumType || named.name === "Boolean") return [];
      return named instanceof GraphQLInputObjectType ? [field.name, ...names(named)] : [field.name];
    });
  return args.flatMap(({ type }) => names(getNamedType(type) as GraphQLInputObjectType));
}
