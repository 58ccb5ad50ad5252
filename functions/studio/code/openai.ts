import type { Submission } from "../state/requests.ts";
import type { Place } from "./operations.ts";

/** Its Images API has a caption, a number and a size. */
export function openai({ input }: Submission, { origin, hasKey }: Place): string {
  const { prompt, count, size } = input;
  const key = hasKey ? "process.env.UNCLIP_KEY" : '"none"';
  return `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: ${key} });
const { data } = await client.images.generate({
  model: "dall-e-2",
  prompt: ${JSON.stringify(prompt)},
  n: ${count},
  size: "${size}x${size}",
});
for (const { url } of data) console.log(url);`;
}
