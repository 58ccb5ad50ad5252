// Why a try failed, in our own words: the system's messages would name internal addresses and open ports.
import { ForbiddenAddress } from "./address.ts";

/** Why no response came. `error` is the error of `post`. */
export function failureText(error: unknown): string {
  if (error instanceof ForbiddenAddress) return error.message;
  const { name, code = "" } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError" || name === "AbortError") return "The receiver did not answer in time.";
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return "The receiver's host name could not be resolved.";
  if (/CERT|SSL|TLS/.test(code)) return "The receiver's TLS certificate or connection is not valid.";
  return "The receiver could not be reached.";
}
