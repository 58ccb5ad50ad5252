// A step of functions/aws/Dockerfile, and of anybody who wants to see what is in the image: node --import tsx
// cdk/build-image.ts OUT
import path from "node:path";
import { bundleWorkers } from "./build-lambdas.ts";

const [out] = process.argv.slice(2);
if (out === undefined) throw new Error("Into which folder?");
await bundleWorkers(path.resolve(import.meta.dirname, ".."), path.resolve(out));
