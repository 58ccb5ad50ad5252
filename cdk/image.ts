// The worker image. Docker builds it when the app is deployed, or a setting names one that is built; synthesis needs no
// Docker.
import { type IRepository, Repository } from "aws-cdk-lib/aws-ecr";
import { DockerImageAsset, type DockerImageAssetOptions, Platform } from "aws-cdk-lib/aws-ecr-assets";
import { ContainerImage } from "aws-cdk-lib/aws-ecs";
import { DockerImageCode } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { Part } from "../models/bundle/parts.ts";
import type { Deployment } from "./deployment.ts";

type ImageSource = Pick<Deployment, "imageFolder" | "bundle" | "settings">;

/** With the whole bundle, or its CLIP alone. An image that is built already has both. */
export function lambdaImage(scope: Construct, source: ImageSource, cmd: string, part: Part = "all"): DockerImageCode {
  const { image } = source.settings;
  if (image !== undefined) {
    const { repository, tagOrDigest } = find(scope, image);
    return DockerImageCode.fromEcr(repository, { tagOrDigest, cmd: [cmd] });
  }
  return DockerImageCode.fromImageAsset(source.imageFolder, {
    ...withWeights(source),
    ...(part === "clip" && { buildArgs: { WEIGHTS: "clip" } }),
    target: "cpu",
    platform: source.settings.architecture === "arm64" ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    cmd: [cmd],
  });
}

/** ONNX Runtime's CUDA provider exists for x86_64 only. */
export function cudaImage(scope: Construct, source: ImageSource): ContainerImage {
  const image = source.settings.gpu?.image;
  if (image !== undefined) {
    const { repository, tagOrDigest } = find(scope, image);
    return ContainerImage.fromEcrRepository(repository, tagOrDigest);
  }
  const asset = new DockerImageAsset(scope, "Image", {
    ...(source.settings.gpu?.weights === "s3" ? { buildArgs: { WEIGHTS: "downloaded" } } : withWeights(source)),
    directory: source.imageFolder,
    target: "cuda",
    platform: Platform.LINUX_AMD64,
  });
  return ContainerImage.fromDockerImageAsset(asset);
}

/** "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG", or "...@sha256:DIGEST". */
function find(scope: Construct, image: string) {
  const [, account, region, name, tag] = /^(\d+)\.dkr\.ecr\.([\w-]+)\.[^/]+\/(.+?)[:@]((?:sha256:)?[^:]+)$/.exec(
    image,
  )!;
  const repositoryArn = `arn:aws:ecr:${region}:${account}:repository/${name}`;
  const id = `Repository-${name}`.replaceAll("/", "-");
  const known = scope.node.tryFindChild(id) as IRepository | undefined;
  const repository = known ?? Repository.fromRepositoryAttributes(scope, id, { repositoryArn, repositoryName: name! });
  return { repository, tagOrDigest: tag! };
}

/** The image's tag depends on the bundle's digest, and not on the folder's path, which differs between machines. */
function withWeights({ bundle }: ImageSource): DockerImageAssetOptions {
  return {
    buildContexts: { bundle: bundle.folder },
    extraHash: bundle.digest,
    invalidation: { buildContexts: false },
  };
}
