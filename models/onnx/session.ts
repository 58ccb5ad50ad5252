// The only user of ONNX Runtime's sessions. Feeds and outputs are checked by name, type and shape, because the native code
// reports a wrong feed without the file or the stage, or not at all.
import type { NetworkSpec, TensorSpec } from "../bundle/networks.ts";
import { UnclipError } from "../errors.ts";
import { allFinite, Tensor } from "../tensor/tensor.ts";
import type { Provider } from "../types.ts";
import { loadRuntime, type NativeSession, type Runtime, type ValueMetadata } from "./runtime.ts";

export type Ids = { readonly data: Int32Array; readonly shape: readonly number[] };
export type Feeds = Readonly<Record<string, Tensor | Ids>>;
/** Lengths of free axes by name. */
type Axes = Map<string, number>;
export type SessionOptions = { readonly threads: number; readonly provider?: Provider };

export class Network {
  readonly spec: NetworkSpec;
  readonly #stage: string;
  readonly #runtime: Runtime;
  readonly #session: NativeSession;

  private constructor(spec: NetworkSpec, stage: string, runtime: Runtime, session: NativeSession) {
    this.spec = spec;
    this.#stage = stage;
    this.#runtime = runtime;
    this.#session = session;
  }

  /** Throws INVALID_BUNDLE when the file is not an ONNX graph, or its inputs and outputs differ from bundle.json. */
  static async open(path: string, spec: NetworkSpec, stage: string, options: SessionOptions): Promise<Network> {
    const { threads, provider = "cpu" } = options;
    const runtime = await loadRuntime();
    let session: NativeSession;
    try {
      session = await runtime.InferenceSession.create(path, {
        executionProviders: [provider],
        executionMode: "sequential",
        graphOptimizationLevel: "all",
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // An arena keeps the most that its session ever used, and every stage would have one: 13 of 291 MB, for no gain in time.
        enableCpuMemArena: false,
        // Threads that keep spinning after a run would take a core from the next stage's session and from the service.
        extra: { session: { force_spinning_stop: "1" } },
      });
    } catch (cause) {
      throw new UnclipError("INVALID_BUNDLE", `${spec.file} cannot be opened: ${(cause as Error).message}`, { cause });
    }
    const network = new Network(spec, stage, runtime, session);
    try {
      network.#checkGraph("input", spec.inputs, session.inputMetadata);
      network.#checkGraph("output", spec.outputs, session.outputMetadata);
    } catch (error) {
      await session.release();
      throw error;
    }
    return network;
  }

  /**
   * One pass. Throws INTERNAL for a feed that does not fit, NUMERIC_FAILURE when an output holds NaN or infinity: clamping
   * would turn an infinity into a black or white picture.
   */
  async run(feeds: Feeds): Promise<Record<string, Tensor>> {
    const axes = this.#checkFeeds(feeds);
    const native = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, this.#toNative(feed)]));
    const results = await this.#session.run(native).catch((cause: Error) => {
      throw new UnclipError("INTERNAL", `${this.#stage}: ${this.spec.file}: ${cause.message}`, { cause });
    });
    const outputs: Record<string, Tensor> = {};
    for (const [name, spec] of Object.entries(this.spec.outputs)) {
      const { data, dims } = results[name]!;
      if (!(data instanceof Float32Array) || !fits(dims, spec, axes)) {
        throw this.#bundleError(`output ${name} came out as [${dims.join(", ")}], not ${describe(spec)}`);
      }
      outputs[name] = new Tensor(data, dims);
      if (!allFinite(outputs[name])) {
        throw new UnclipError("NUMERIC_FAILURE", `${this.#stage}: ${this.spec.file} gave NaN or infinity in ${name}`);
      }
    }
    return outputs;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }

  #toNative(feed: Tensor | Ids) {
    const { Tensor: NativeTensor } = this.#runtime;
    return feed instanceof Tensor
      ? new NativeTensor("float32", feed.data, feed.shape)
      : new NativeTensor("int32", feed.data, feed.shape);
  }

  /** All feeds must agree on the free axes; returns their lengths. */
  #checkFeeds(feeds: Feeds): Axes {
    const problems: string[] = [];
    const axes: Axes = new Map();
    for (const name of Object.keys(feeds))
      if (!Object.hasOwn(this.spec.inputs, name)) problems.push(`${name} is not an input`);
    for (const [name, spec] of Object.entries(this.spec.inputs)) {
      const feed = feeds[name];
      if (feed === undefined) problems.push(`${name} is missing`);
      else if ((feed instanceof Tensor ? "float32" : "int32") !== spec.dtype || !fits(feed.shape, spec, axes)) {
        problems.push(`${name} is [${feed.shape.join(", ")}], not ${describe(spec)}${describeAxes(axes)}`);
      }
    }
    if (problems.length > 0)
      throw new UnclipError("INTERNAL", `${this.#stage}: ${this.spec.file}: ${problems.join("; ")}`);
    return axes;
  }

  #checkGraph(kind: string, declared: Readonly<Record<string, TensorSpec>>, graph: readonly ValueMetadata[]) {
    const names = graph.map(({ name }) => name);
    if ([...names].sort().join() !== Object.keys(declared).sort().join()) {
      throw this.#bundleError(
        `has the ${kind}s ${names.join(", ")}, bundle.json says ${Object.keys(declared).join(", ")}`,
      );
    }
    for (const value of graph) {
      const spec = declared[value.name]!;
      const shape = value.isTensor ? value.shape : [];
      // A symbolic axis of the graph fits anything declared; the free axis must be symbolic or batches would not fit.
      const same = (axis: number | string, index: number) => typeof axis === "string" || axis === spec.shape[index];
      if (!value.isTensor || value.type !== spec.dtype || shape.length !== spec.shape.length || !shape.every(same)) {
        const found = value.isTensor ? `${value.type} [${shape.join(", ")}]` : "no tensor";
        throw this.#bundleError(`${kind} ${value.name} is ${found}, bundle.json says ${describe(spec)}`);
      }
    }
  }

  #bundleError(problem: string): UnclipError {
    return new UnclipError("INVALID_BUNDLE", `${this.#stage}: ${this.spec.file}: ${problem}`);
  }
}

/** Binds the free axes that are met for the first time. */
function fits(shape: readonly number[], spec: TensorSpec, axes: Axes): boolean {
  if (shape.length !== spec.shape.length) return false;
  return spec.shape.every((length, axis) => {
    if (typeof length === "number") return shape[axis] === length;
    if (!axes.has(length)) axes.set(length, shape[axis]!);
    return shape[axis] === axes.get(length);
  });
}

/** " with n = 2, h = 8"; empty where none is known. */
function describeAxes(axes: Axes): string {
  const known = Array.from(axes, ([name, length]) => `${name} = ${length}`);
  return known.length === 0 ? "" : ` with ${known.join(", ")}`;
}

function describe({ dtype, shape }: TensorSpec): string {
  return `${dtype} [${shape.join(", ")}]`;
}
