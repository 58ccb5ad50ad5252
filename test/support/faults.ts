// Ports that fail: before a call does anything, or after it did all of it and before its answer arrives.
import { randomOf } from "./random.ts";

export type When = "before" | "after";

/** A call of a port: the `nth` of this method, from 1. */
export type Call = { readonly method: string; readonly nth: number; readonly args: readonly unknown[] };

export class Fault extends Error {
  readonly when: When;

  constructor(method: string, when: When) {
    super(`The call of ${method} failed ${when} it was carried out`);
    this.name = "Fault";
    this.when = when;
  }
}

/** The port (JobStore, Queue or Blobs) with the faults that `choose` picks. `listen` and `listenOwner`, which cannot fail, are left alone. */
export function faulty<Port extends object>(port: Port, choose: (call: Call) => When | undefined): Port {
  const counts = new Map<string, number>();
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || typeof name !== "string" || name === "listen" || name === "listenOwner")
        return member;
      return async (...args: unknown[]) => {
        const nth = (counts.get(name) ?? 0) + 1;
        counts.set(name, nth);
        const when = choose({ method: name, nth, args });
        if (when === "before") throw new Fault(name, when);
        const answer: unknown = await member.apply(target, args);
        if (when === "after") throw new Fault(name, when);
        return answer;
      };
    },
  });
}

/** The nth call of one method. */
export function failOn(method: string, nth: number, when: When): (call: Call) => When | undefined {
  return (call) => (call.method === method && call.nth === nth ? when : undefined);
}

/** Fails random calls, of `methods` or of all: a share `rate`, half of them before and half after the call. */
export function failSometimes(seed: number, rate: number, methods?: readonly string[]) {
  const random = randomOf(seed);
  return ({ method }: Call): When | undefined => {
    if (methods && !methods.includes(method)) return undefined;
    const drawn = random();
    if (drawn >= rate) return undefined;
    return drawn < rate / 2 ? "before" : "after";
  };
}
