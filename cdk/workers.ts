// The worker image on Lambda: it embeds captions, and draws where no GPU does.
import { Stack, type StackProps } from "aws-cdk-lib";
import { CfnEventSourceMapping } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { type Deployment, jobsEnvironment, toEnvironment } from "./deployment.ts";
import { imageFunction, type ServiceFunction } from "./function.ts";
import { lambdaImage } from "./image.ts";
import { WORKER_SECONDS } from "./queues.ts";

/** Opening CLIP's text network takes most of it; a caller waits for less (infra/aws/clients/lambda.ts). */
const EMBED_SECONDS = 30;

export class Workers extends Stack {
  readonly embed: ServiceFunction;
  readonly draw: ServiceFunction | undefined;

  constructor(scope: Construct, id: string, deployment: Deployment, props: StackProps) {
    super(scope, id, props);
    const { settings } = deployment;
    const engine = toEnvironment({ provider: "cpu", logLevel: settings.log });
    this.embed = imageFunction(this, "embed", deployment, {
      description: "CLIP for captions",
      memory: settings.memory,
      seconds: EMBED_SECONDS,
      environment: engine,
      code: lambdaImage(deployment, "embed.handler"),
    });
    this.draw = settings.gpu ? undefined : this.#draws(deployment, engine);
  }

  #draws(deployment: Deployment, engine: Record<string, string>): ServiceFunction {
    const { data, settings } = deployment;
    const { jobs } = data.queues;
    const draw = imageFunction(this, "draw", deployment, {
      description: "Draws what is asked for",
      memory: settings.memory,
      seconds: WORKER_SECONDS,
      environment: { ...jobsEnvironment(deployment), ...engine, ...toEnvironment({ bucket: data.bucket.bucketName }) },
      code: lambdaImage(deployment, "draw.handler"),
    });
    draw.may
      .jobs()
      .takes(jobs)
      .sends(jobs)
      .reads("uploads", "stages", "pictures")
      .writes("stages", "previews", "pictures");
    const events = new CfnEventSourceMapping(draw, "Jobs", {
      eventSourceArn: jobs.queueArn,
      functionName: draw.lambda.functionName,
      // A picture keeps all cores busy: two jobs in one function would each take twice as long.
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      // A function that is held back by its reserved concurrency would use up its messages' deliveries.
      scalingConfig: { maximumConcurrency: settings.maxWorkers },
    });
    events.node.addDependency(draw.lambda.role!);
    return draw;
  }
}
