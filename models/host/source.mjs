// The worker's entry when the engine runs from source: Node 20 reads no TypeScript, and a worker inherits no loader.
import { register } from "tsx/esm/api";

register();
await import("./worker.ts");
