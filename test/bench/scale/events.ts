// Simulated time that jumps from event to event: a binary heap of scheduled actions.

type Event = { readonly at: number; readonly order: number; readonly act: (now: number) => void };

export class Timeline {
  readonly #heap: Event[] = [];
  #order = 0;

  /** Events with the same time run in the order in which they were added. */
  at(at: number, act: (now: number) => void): void {
    const heap = this.#heap;
    heap.push({ at, order: this.#order++, act });
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!before(heap[child]!, heap[parent]!)) break;
      swap(heap, child, parent);
      child = parent;
    }
  }

  /** Until nothing is left to happen. */
  run(): void {
    for (let event = this.#pop(); event; event = this.#pop()) event.act(event.at);
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const right = left + 1;
      let least = parent;
      if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
      if (least === parent) return first;
      swap(heap, parent, least);
      parent = least;
    }
  }
}

const before = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order);

function swap(heap: Event[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b]!, heap[a]!];
}
