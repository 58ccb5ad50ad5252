// Builds the code that the construct deploys: node --import tsx cdk/build.ts OUT
import path from "node:path";
import { buildImage, buildLambdas } from "./build-lambdas.ts";

/** Writes OUT/lambda and OUT/image. */
export async function buildCode(out: string): Promise<void> {
  const root = path.resolve(import.meta.dirname, "..");
  await Promise.all([buildLambdas(root, path.join(out, "lambda")), buildImage(root, path.join(out, "image"))]);
}
