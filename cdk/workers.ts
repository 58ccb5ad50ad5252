// The worker image on Lambda: it embeds captions and pictures, and runs jobs unless GPU workers do.
import { CfnEventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { embedsOnLambda } from "./capacity.ts";
import { type Deployment, jobsEnvironment, toEnvironment } from "./deployment.ts";
import { imageFunction, type ServiceFunction } from "./function.ts";
import { lambdaImage } from "./image.ts";
import { WORKER_SECONDS } from "./queues.ts";

/** Mostly for opening CLIP's text network. Callers time out earlier (infra/aws/clients/lambda.ts). */
const EMBED_SECONDS = 30;

export class Workers extends Construct {
  /** Undefined where the bundle's CLIP does not fit on Lambda. */
  readonly embed: ServiceFunction | undefined;
  readonly draw: ServiceFunction | undefined;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    const { data, settings } = deployment;
    const engine = toEnvironment({ provider: "cpu", logLevel: settings.log, bucket: data.bucket.bucketName });
    this.embed = embedsOnLambda(deployment.bundle.spec) ? this.#makeEmbed(deployment, engine) : undefined;
    this.draw = settings.gpu ? undefined : this.#makeDraw(deployment, engine);
  }

  #makeEmbed(deployment: Deployment, environment: Record<string, string>): ServiceFunction {
    const embed = imageFunction(this, "embed", deployment, {
      description: "CLIP embeddings of captions and pictures",
      memory: deployment.settings.memory,
      seconds: EMBED_SECONDS,
      environment,
      canary: true,
      code: lambdaImage(this, deployment, "embed.handler", "clip"),
    });
    embed.grant.reads("uploads", "pictures");
    return embed;
  }

  #makeDraw(deployment: Deployment, engine: Record<string, string>): ServiceFunction {
    const { data, settings } = deployment;
    const draw = imageFunction(this, "draw", deployment, {
      description: "Runs jobs",
      memory: settings.memory,
      seconds: WORKER_SECONDS,
      environment: { ...jobsEnvironment(deployment), ...engine },
      canary: true,
      code: lambdaImage(this, deployment, "draw.handler"),
    });
    draw.grant.drawsJobs();
    const events = new CfnEventSourceMapping(draw, "Jobs", {
      eventSourceArn: data.queues.jobs.queueArn,
      functionName: draw.live.functionArn,
      // One picture uses all cores: two jobs in one invocation would each take twice as long.
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      // Reserved concurrency instead would throttle the function, and each throttled message counts as a delivery.
      scalingConfig: { maximumConcurrency: settings.maxWorkers },
    });
    events.node.addDependency(draw.lambda.role!);
    return draw;
  }
}
