// Runs a TypeScript module, given as a URL in the first argument, in a thread or process that has no loader for it.
import { register } from "tsx/esm/api";

register();
await import(process.argv[2]);
