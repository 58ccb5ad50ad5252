import { randomOf } from "../random.ts";

/** The port with every call that answers later going through `through`, which makes it, or does not, or not at once. */
export function intercept<Port extends object>(
  port: Port,
  through: (method: string, call: () => Promise<unknown>) => Promise<unknown>,
): Port {
  return new Proxy(port, {
    get(target, name) {
      const held: unknown = Reflect.get(target, name);
      const listens = name === "listen" || name === "listenOwner";
      if (typeof held !== "function" || listens) return typeof held === "function" ? held.bind(target) : held;
      return (...args: unknown[]) => through(String(name), () => held.apply(target, args) as Promise<unknown>);
    },
  });
}

/** Each call takes time, before it is carried out and after, and each another. */
export function withLatency<Port extends object>(port: Port, most = 40, random = randomOf(1)): Port {
  const pause = () => new Promise((resolve) => setTimeout(resolve, random() * most));
  return intercept(port, async (_, call) => {
    await pause();
    // A fault, too, is an answer.
    const [answer] = await Promise.allSettled([call()]);
    await pause();
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  });
}
