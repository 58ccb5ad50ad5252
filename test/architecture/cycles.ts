/** Node -> the nodes it points to. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Groups of two or more nodes that reach each other (Tarjan's strongly connected components), each sorted. */
export function cyclesOf(graph: Graph): string[][] {
  const indices = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];

  function visit(node: string): void {
    indices.set(node, indices.size);
    lowest.set(node, indices.get(node)!);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!indices.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!));
    }
    if (lowest.get(node) !== indices.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) cycles.push(group.sort());
  }

  for (const node of graph.keys()) if (!indices.has(node)) visit(node);
  return cycles.sort();
}

/** The graph of groups: every edge between two nodes of different groups. */
export function grouped(graph: Graph, groupOf: (node: string) => string): Graph {
  const groups = new Map<string, Set<string>>();
  for (const [node, targets] of graph) {
    const edges = groups.get(groupOf(node)) ?? new Set();
    groups.set(groupOf(node), edges);
    for (const target of targets) if (groupOf(target) !== groupOf(node)) edges.add(groupOf(target));
  }
  return groups;
}
