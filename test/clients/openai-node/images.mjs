// A program for OpenAI's Images API, with another base URL: node images.mjs URL
import { createReadStream, writeFileSync } from "node:fs";
import OpenAI from "openai";

const openai = new OpenAI({ baseURL: process.argv[2], apiKey: "none" });

const drawn = await openai.images.generate({ model: "dall-e-2", prompt: "a red apple", n: 2, size: "64x64" });
const urls = drawn.data.map(({ url }) => url);
const png = Buffer.from(await (await fetch(urls[0])).arrayBuffer());
writeFileSync("apple.png", png);
const varied = await openai.images.createVariation({
  image: createReadStream("apple.png"),
  size: "64x64",
  response_format: "b64_json",
});
const refusal = await openai.images.generate({ prompt: "a", size: "512x512" }).catch((error) => error);
process.stdout.write(
  JSON.stringify({
    pictures: urls.length,
    png: png.subarray(1, 4).toString(),
    varied: Buffer.from(varied.data[0].b64_json, "base64").subarray(1, 4).toString(),
    refusal: { name: refusal.constructor.name, status: refusal.status, param: refusal.param },
  }),
);
