import { expect, test } from "vitest";
import { probe } from "../../../models/onnx/provider.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";

test("the CPU works", async () => {
  await expect(probe("cpu")).resolves.toBeUndefined();
});

// The package brings no library for CUDA; an image that has it is another story.
test("a provider that does not work is named, and no engine opens with it", async () => {
  const refused = { code: "INTERNAL", message: expect.stringContaining('"cuda" does not work here') };
  await expect(probe("cuda")).rejects.toMatchObject(refused);
  await expect(openUnclip(TINY, { provider: "cuda" })).rejects.toMatchObject(refused);
});
