// unclip-cdk: deploys unclip as a part of your own CDK app.
export type { DomainProps, GpuProps, OidcProps, Part, Placement, UnclipProps } from "./props.ts";
export { PARTS } from "./props.ts";
export type { Queues } from "./queues.ts";
export { Unclip } from "./unclip.ts";
