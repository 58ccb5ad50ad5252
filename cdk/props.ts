// The public properties of the construct. docs/reference/deployment-settings.md lists the same settings as CDK context.
import type { CallerLimitProps } from "./caller-limit-props.ts";
import type { DomainProps, GpuProps, OidcProps, SlackProps, TeamsProps } from "./nested-props.ts";
import type { Part, Placement } from "./parts.ts";

/** Settings of a deployment. */
export interface UnclipProps {
  /**
   * Folder of the model bundle that draws: the folder that holds `bundle.json`, absolute or relative to the working
   * directory.
   */
  readonly bundle: string;

  /**
   * Prefix of function names and log groups: 1 to 31 lowercase letters, digits and hyphens, starting with a letter.
   * Two deployments in one account and region need two names.
   *
   * @default "unclip"
   */
  readonly name?: string;

  /**
   * Whether CloudFront serves the API and the pictures. Without it, the API has the names that API Gateway and Lambda
   * generate, and a picture's URL is one of S3, which works for an hour at most. For accounts in which AWS does not yet allow
   * CloudFront.
   *
   * @default true
   */
  readonly front?: boolean;

  /**
   * Generation of the key that signs URLs of pictures, from 1. Deploy with the next number to rotate the key: URLs that the
   * previous key signed work until they expire, those of the key before no longer.
   *
   * @default 1
   */
  readonly pictureKey?: number;

  /**
   * A built worker image in this account's and region's ECR, target `cpu` of the Dockerfile, with the bundle of `bundle`:
   * `123456789012.dkr.ecr.eu-west-1.amazonaws.com/unclip:v0.2.0-cpu`. The deployment then needs no Docker.
   *
   * @default - Docker builds the image at deployment
   */
  readonly image?: string;

  /**
   * Custom domain of the API.
   *
   * @default - the domain name that CloudFront generates
   */
  readonly domain?: DomainProps;

  /**
   * ARN of a WAF web ACL for CloudFront, the API and the pictures (scope CLOUDFRONT, in us-east-1).
   *
   * @default - no web ACL
   */
  readonly webAcl?: string;

  /**
   * Memory of the functions that run jobs and compute embeddings, in MB, 1,024 to 10,240. Lambda gives one vCPU for each
   * 1,769 MB. New accounts may be limited to 3,008.
   *
   * @default 3008
   */
  readonly memory?: number;

  /**
   * Size of `/tmp` of those functions, in MB, 512 to 10,240.
   *
   * @default 512
   */
  readonly storage?: number;

  /**
   * Architecture of those functions.
   *
   * @default "x86_64"
   */
  readonly architecture?: "x86_64" | "arm64";

  /**
   * Jobs that run at the same time: Lambda functions (2 to 1,000), or GPU machines (1 to 1,000).
   *
   * @default - 10; 2 with `gpu`
   */
  readonly maxWorkers?: number;

  /**
   * Days to keep the record of a finished job, 10 to 3,650. Uploads and pictures are deleted after 7 days.
   *
   * @default 30
   */
  readonly keptDays?: number;

  /**
   * Origins whose web pages may call the API and upload, such as `https://pictures.example.com`.
   *
   * @default - none
   */
  readonly cors?: readonly string[];

  /**
   * Whether the API answers introspection queries and serves GraphiQL.
   *
   * @default false
   */
  readonly introspection?: boolean;

  /**
   * Pictures in flight per caller who authenticates with a token, 1 to 100,000. Each API key has its own quota.
   *
   * @default 64
   */
  readonly quota?: number;

  /**
   * Limits of each caller (an API key's owner, or a token's subject). A request beyond one gets 429 and `Retry-After`.
   *
   * @default - those of CallerLimitProps
   */
  readonly limits?: CallerLimitProps;

  /**
   * HTTP requests a second, of all callers together, 1 to 10,000; above it they get 429. WebSocket messages may be four
   * times as many.
   *
   * @default 100
   */
  readonly rate?: number;

  /**
   * Streams of server-sent events at the same time, 1 to 1,000. It is the reserved concurrency of their function, so
   * streams take no more than this of the account's functions, and other functions cannot take it. The account must have
   * 100 more.
   *
   * @default - as many as the account has functions
   */
  readonly streams?: number;

  /**
   * Whether an update gives new code a tenth of each function's calls for ten minutes, and takes it back when an alarm
   * fires. Without it, an update takes ten minutes less for each stack with functions. CodeDeploy starts no canary while
   * one of the alarms is on: turn it off to deploy the fix.
   *
   * @default true
   */
  readonly canary?: boolean;

  /**
   * File of words and phrases, one a line, that no prompt may contain.
   *
   * @default - none
   */
  readonly denyList?: string;

  /**
   * Level of the functions' logs.
   *
   * @default "info"
   */
  readonly log?: "debug" | "info" | "warn" | "error";

  /**
   * ARN of a customer managed KMS key that encrypts table, bucket, queues and secret.
   *
   * @default - keys that AWS manages
   */
  readonly key?: string;

  /**
   * OpenID Connect issuer whose tokens are accepted beside API keys.
   *
   * @default - API keys only
   */
  readonly oidc?: OidcProps;

  /**
   * Runs jobs on GPU machines of AWS Batch, on Spot, instead of Lambda. `{}` takes the defaults.
   *
   * @default - jobs run on Lambda
   */
  readonly gpu?: GpuProps;

  /**
   * Email address that receives alarms and budget notifications.
   *
   * @default - none
   */
  readonly email?: string;

  /**
   * Channel of Slack that receives alarms. Connect the workspace to the account first, in the console of Amazon Q Developer
   * in chat applications.
   *
   * @default - none
   */
  readonly slack?: SlackProps;

  /**
   * Channel of Microsoft Teams that receives alarms. Connect the team to the account first, as for Slack.
   *
   * @default - none
   */
  readonly teams?: TeamsProps;

  /**
   * Name of the EventBridge bus that receives an event for each job that is new or has ended: `default`, or one of your own.
   *
   * @default - none
   */
  readonly events?: string;

  /**
   * Monthly budget of the whole account, in US dollars, 1 to 1,000,000. Requires `email`.
   *
   * @default - no budget
   */
  readonly budget?: number;

  /**
   * Whether table and buckets survive the deletion of their stack.
   *
   * @default true
   */
  readonly retainData?: boolean;

  /**
   * Scope and id of each part, for example to deploy the data in a stack of its own.
   *
   * @default - every part is a child of the construct, under its own name
   */
  readonly place?: (part: Part) => Placement;

  /**
   * Folder of the built code, as `npm run build -w cdk` creates it in the repository.
   *
   * @default - the code that this package contains
   */
  readonly codeFolder?: string;
}
