// The worker image. Docker builds it when the app is deployed; synthesis needs no Docker.
import { DockerImageAsset, type DockerImageAssetOptions, Platform } from "aws-cdk-lib/aws-ecr-assets";
import { DockerImageCode } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { Deployment } from "./deployment.ts";

type ImageSource = Pick<Deployment, "imageFolder" | "bundle" | "settings">;

export function lambdaImage(source: ImageSource, cmd: string): DockerImageCode {
  return DockerImageCode.fromImageAsset(source.imageFolder, {
    ...withWeights(source),
    target: "cpu",
    platform: source.settings.architecture === "arm64" ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    cmd: [cmd],
  });
}

/** ONNX Runtime's CUDA provider exists for x86_64 only. */
export function cudaImage(scope: Construct, source: ImageSource): DockerImageAsset {
  return new DockerImageAsset(scope, "Image", {
    ...(source.settings.gpu?.weights === "s3" ? { buildArgs: { WEIGHTS: "downloaded" } } : withWeights(source)),
    directory: source.imageFolder,
    target: "cuda",
    platform: Platform.LINUX_AMD64,
  });
}

/** The image's tag depends on the bundle's digest, and not on the folder's path, which differs between machines. */
function withWeights({ bundle }: ImageSource): DockerImageAssetOptions {
  return {
    buildContexts: { bundle: bundle.folder },
    extraHash: bundle.digest,
    invalidation: { buildContexts: false },
  };
}
