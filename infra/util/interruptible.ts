/**
 * The stream that `start` opens, until `signal` or the consumer's `return` aborts `end`. A generator's own `return` waits for
 * the pending `next`, which may take hours.
 */
export function interruptible<T>(
  start: (end: AbortSignal) => AsyncGenerator<T, void, undefined>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const end = new AbortController();
  const stream = untilAborted(start, end, signal);
  const { return: finish } = stream;
  stream.return = (value) => {
    end.abort();
    return finish.call(stream, value);
  };
  return stream;
}

async function* untilAborted<T>(
  start: (end: AbortSignal) => AsyncGenerator<T, void, undefined>,
  end: AbortController,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const abort = () => end.abort();
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    for await (const value of start(end.signal)) {
      if (end.signal.aborted) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
