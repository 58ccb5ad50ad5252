// The worker image, built from functions/aws/Dockerfile when it is deployed; synthesis needs no Docker.
import { DockerImageAsset, Platform } from "aws-cdk-lib/aws-ecr-assets";
import { DockerImageCode } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { Settings } from "./settings.ts";

const FILE = "functions/aws/Dockerfile";

type From = { readonly root: string; readonly settings: Settings };

export function lambdaImage({ root, settings }: From, cmd: string): DockerImageCode {
  return DockerImageCode.fromImageAsset(root, {
    file: FILE,
    target: "cpu",
    platform: settings.architecture === "arm64" ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    buildArgs: { BUNDLE: settings.bundle },
    cmd: [cmd],
  });
}

/** ONNX Runtime's CUDA provider exists for x86_64 only. */
export function cudaImage(scope: Construct, { root, settings }: From): DockerImageAsset {
  return new DockerImageAsset(scope, "Image", {
    directory: root,
    file: FILE,
    target: "cuda",
    platform: Platform.LINUX_AMD64,
    buildArgs: { BUNDLE: settings.bundle, WEIGHTS: settings.gpu?.weights === "s3" ? "synced" : "baked" },
  });
}
