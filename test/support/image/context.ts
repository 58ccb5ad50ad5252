// Writes the worker image's Docker build context into the folder that is named.
import path from "node:path";
import { buildImage } from "../../../cdk/build-lambdas.ts";

await buildImage(path.resolve(import.meta.dirname, "../../.."), process.argv[2]!);
