// A short run of npm run fuzz: the process survives, has no internal error, shows nothing of its inside, and becomes idle.
import { expect, test } from "vitest";
import { fuzz, MAX_HELD_MS } from "../../fuzz/campaign.ts";

test("malformed requests, sockets, uploads and pictures cause no internal error", {
  timeout: 400_000,
}, async ({ annotate }) => {
  const { sent, failures, heldMs } = await fuzz({ inputs: 2_000, seed: 1 });
  await annotate(`${JSON.stringify(Object.fromEntries(sent))}, the event loop was held for ${Math.round(heldMs)} ms`);
  expect(failures).toEqual([]);
  expect(heldMs).toBeLessThan(MAX_HELD_MS);
  expect([...sent.values()].every((count) => count > 0)).toBe(true);
});
