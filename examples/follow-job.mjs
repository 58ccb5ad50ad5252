// Submits a job, follows it and downloads its pictures:  node examples/follow-job.mjs "a green frog" [API]
import { writeFile } from "node:fs/promises";
import { follow, submit } from "./client.mjs";

const [prompt = "a green frog", api = "http://127.0.0.1:4000/graphql"] = process.argv.slice(2);
const id = await submit(api, { prompt, size: 64, preset: "DRAFT", count: 2 });
for await (const event of follow(api, id)) {
  console.log(event.seq, event.__typename, event.stage ?? "");
  if (event.__typename === "PictureReady") {
    const { index, url } = event.picture;
    await writeFile(`picture-${index}.png`, new Uint8Array(await (await fetch(url)).arrayBuffer()));
  }
}
