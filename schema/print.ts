// npm run schema: writes schema.graphql, which a test compares with the code.
import { writeFileSync } from "node:fs";
import { schemaText } from "./index.ts";

writeFileSync(new URL("schema.graphql", import.meta.url), schemaText());
