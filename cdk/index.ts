// unclip-cdk: deploys unclip as a part of your own CDK app.
export type { CallerLimitProps } from "./caller-limit-props.ts";
export type { DomainProps, GpuProps, OidcProps, SlackProps, TeamsProps } from "./nested-props.ts";
export { PARTS, type Part, type Placement } from "./parts.ts";
export type { UnclipProps } from "./props.ts";
export type { Queues } from "./queues.ts";
export { Unclip } from "./unclip.ts";
