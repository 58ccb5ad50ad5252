import { localCallerLimiter } from "../../../infra/local/caller-limiter.ts";
import { callerLimiterContract } from "../../contracts/caller-limiter.ts";

callerLimiterContract("a process", () => ({ open: localCallerLimiter }));
