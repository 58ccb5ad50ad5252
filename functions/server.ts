// The public API of "unclip/server": the whole service of one machine, or the GraphQL API alone.
export { ConfigError, type LocalSettings, localSettings } from "../infra/config/env.ts";
export { type Api, type ApiOptions, createApi } from "../schema/index.ts";
export { type Running, start } from "./local/start.ts";
