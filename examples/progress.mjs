// The engine in a worker thread, with progress and cancellation:  node examples/progress.mjs, then Ctrl-C
import { openUnclipInWorker } from "unclip";

const controller = new AbortController();
process.once("SIGINT", () => controller.abort());

const unclip = await openUnclipInWorker();
try {
  const { pictures } = await unclip.generate(
    { prompt: "a cat above a drum", count: 4, seed: 1 },
    {
      signal: controller.signal,
      previewEvery: 0,
      onProgress: ({ stage, picture, step, steps }) => console.log(`picture ${picture}: ${stage} ${step}/${steps}`),
    },
  );
  for (const { seed, score } of pictures) console.log(`seed ${seed}: score ${score.toFixed(3)}`);
} catch (error) {
  if (error.code !== "CANCELED") throw error;
  console.log("canceled");
} finally {
  await unclip.close();
}
