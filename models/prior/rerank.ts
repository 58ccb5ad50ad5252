// Several draws of z_i, of which the one that agrees best with the caption is kept (paper 2.2: two, by dot product).
import type { Caption } from "../clip/run.ts";
import type { Run } from "../stage.ts";
import { dot, type Tensor } from "../tensor/tensor.ts";

/** `draw` makes draw d from 0; the steps of all draws are told as one run. Ties go to the earlier draw. */
export async function bestDraw(
  draws: number,
  caption: Caption,
  draw: (index: number, run: Run) => Promise<Tensor>,
  { signal, onStep }: Run,
): Promise<Tensor> {
  let best: Tensor | undefined;
  for (let index = 0; index < draws; index++) {
    const z = await draw(index, {
      signal,
      onStep: ({ step, steps }) => onStep?.({ step: index * steps + step, steps: draws * steps }),
    });
    if (best === undefined || dot(z, caption.embedding) > dot(best, caption.embedding)) best = z;
  }
  return best!;
}
