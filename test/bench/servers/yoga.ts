// The baseline cost of GraphQL over HTTP: Yoga with a schema of two fields that do nothing.
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { listen } from "../../support/listen.ts";
import { answer, cpu } from "../child.ts";

const schema = createSchema({
  typeDefs: "type Query { echo(text: String!): String! } type Mutation { say(text: String!): String! }",
  resolvers: {
    Query: { echo: (_: unknown, { text }: { text: string }) => text },
    Mutation: { say: (_: unknown, { text }: { text: string }) => text },
  },
});
const server = createServer(createYoga({ schema, graphiql: false, landingPage: false, logging: false }));

const functions = {
  cpu,
  open: async () => ({ url: `http://127.0.0.1:${await listen(server)}`, headers: {} }),
};

export type Bare = typeof functions;

answer(functions, () => server.closeAllConnections());
