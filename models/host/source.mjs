// The entry of a worker or a process of the engine that runs from source: Node 20 reads no TypeScript, and neither inherits a
// loader. What to run is its first argument, a file beside this one.
import { register } from "tsx/esm/api";

register();
await import(`./${process.argv[2]}.ts`);
