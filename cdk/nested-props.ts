// Properties of the construct that are objects themselves.

export interface DomainProps {
  /** Host name such as `pictures.example.com`. */
  readonly name: string;
  /**
   * ARN of an ACM certificate in us-east-1 for that name.
   *
   * @default - with `hostedZone`, a new one; the stack of the API must then be in us-east-1
   */
  readonly certificate?: string;
  /**
   * Id of the Route 53 hosted zone that holds the name. Adds the DNS records, and `ws.NAME` for WebSockets.
   *
   * @default - you point a DNS record at the output `DistributionName`; WebSockets have API Gateway's host name
   */
  readonly hostedZone?: string;
}

export interface SlackProps {
  /** Id of the workspace, such as `T0123ABCD`. */
  readonly workspace: string;
  /** Id of the channel, such as `C0123ABCD`. */
  readonly channel: string;
}

export interface TeamsProps {
  /** Id of the tenant. */
  readonly tenant: string;
  /** Id of the team. */
  readonly team: string;
  /** Id of the channel, such as `19:0123@thread.tacv2`. */
  readonly channel: string;
}

export interface OidcProps {
  /** URL of the issuer, as in the tokens' claim `iss`. */
  readonly issuer: string;
  /** Required value of the tokens' claim `aud`. */
  readonly audience: string;
}

export interface GpuProps {
  /**
   * EC2 instance types that Batch may start, each with an NVIDIA GPU, at least 4 vCPUs and 16 GiB of memory.
   *
   * @default ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"]
   */
  readonly instances?: readonly string[];
  /**
   * Where machines get the weights: `baked` into the image, or downloaded from the deployment's bucket (`s3`), where
   * you upload them once.
   *
   * @default "baked"
   */
  readonly weights?: "baked" | "s3";
  /**
   * Like `image`, target `cuda`, for the machines.
   *
   * @default - Docker builds the image at deployment
   */
  readonly image?: string;
  /**
   * Workers that stay up without jobs, 0 to `maxWorkers`, so that the first job does not wait for a machine.
   *
   * @default 0
   */
  readonly minWorkers?: number;
  /**
   * When they stay up, such as `Mon-Fri 08:00-18:00 Europe/Berlin`; UTC without a time zone.
   *
   * @default - always
   */
  readonly warmHours?: string;
  /**
   * Whether Batch may start on-demand machines where Spot has none. They cost two to three times as much.
   *
   * @default false
   */
  readonly onDemand?: boolean;
  /**
   * Availability zones with machines, 2 to 6. More zones offer more Spot capacity. A few regions have two only.
   *
   * @default 3
   */
  readonly zones?: number;
}
