// Tests an execution provider before it is used. ONNX Runtime may accept a missing or broken provider and silently run the
// graph on the CPU: a GPU machine would then cost its full price and draw at a tenth of its speed.
import { UnclipError } from "../errors.ts";
import type { Provider } from "../types.ts";
import { loadRuntime } from "./runtime.ts";

/** An ONNX graph of one node: y = x + x, one number of 32 bits. */
const GRAPH = "CAg6NQoOCgF4CgF4EgF5IgNBZGQSAWdaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgIQDQ==";

/** Runs a tiny graph on this provider alone. Throws INTERNAL, naming the provider, when that fails. */
export async function probe(provider: Provider): Promise<void> {
  const { InferenceSession, Tensor } = await loadRuntime();
  try {
    const session = await InferenceSession.create(Buffer.from(GRAPH, "base64"), {
      executionProviders: [provider],
      extra: { session: { disable_cpu_ep_fallback: provider === "cpu" ? "0" : "1" } },
    });
    try {
      const { y } = await session.run({ x: new Tensor("float32", [1.5], [1]) });
      if (y?.data[0] !== 3) throw new Error(`1.5 + 1.5 came out as ${y?.data[0]}`);
    } finally {
      await session.release();
    }
  } catch (cause) {
    const why = (cause as Error).message;
    throw new UnclipError("INTERNAL", `The execution provider "${provider}" does not work here: ${why}`, { cause });
  }
}
