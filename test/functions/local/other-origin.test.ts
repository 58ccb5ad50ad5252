// A page of another origin that UNCLIP_CORS names, in a browser: everything that an app does, by what browsers have.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { serve } from "../../support/serve.ts";
import { describeWithBrowser, openPage } from "../../support/studio/browser.ts";
import { startServer } from "../../support/studio/studio.ts";

const TABS = 8;

/** The app of the page: a client of a few lines, as `unclip` in the page. */
function defineClient(origin: string): void {
  type Result = { data: Record<string, never> };
  const ask = async (query: string, variables: object = {}): Promise<Record<string, never>> => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${origin}/graphql`, {
      method: "POST",
      headers,
      body: JSON.stringify({ query, variables }),
    });
    return ((await response.json()) as Result).data;
  };
  /** Resolves at the end of each of these jobs, over one WebSocket. */
  const ended = (ids: readonly string[]) =>
    new Promise<void>((resolve) => {
      const left = new Set(ids);
      const socket = new WebSocket(`${origin.replace("http", "ws")}/graphql`, "graphql-transport-ws");
      const query = "subscription { events { node { __typename job { id } } } }";
      socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init" }));
      socket.onmessage = ({ data }) => {
        const { type, payload } = JSON.parse(data);
        if (type === "connection_ack") socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
        if (type !== "next") return;
        const { node } = payload.data.events;
        if (node.__typename === "Succeeded") left.delete(node.job.id);
        if (left.size === 0) {
          socket.close();
          resolve();
        }
      };
    });
  Object.assign(globalThis, { unclip: { ask, ended } });
}

declare const unclip: {
  // biome-ignore lint/suspicious/noExplicitAny: the type depends on the query.
  ask(query: string, variables?: object): Promise<any>;
  ended(ids: readonly string[]): Promise<void>;
};

/** A server, and a page of another origin that may call it. */
async function openApp() {
  const origin = await serve((_, response) => {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>app</title>");
  });
  const { url, pace } = await startServer({ cors: [origin] });
  const { page, problems } = await openPage();
  const open = async (tab: Page) => {
    await tab.addInitScript(defineClient, url);
    await tab.goto(origin);
  };
  await open(page);
  // Requests to the server are what this page is for.
  return { url, pace, page, open, problems: () => problems.filter((problem) => problem !== `a request to ${url}`) };
}

const DRAW = `mutation ($prompt: String!) {
  generate(input: { prompt: $prompt, size: 64, count: 1, preset: DRAFT }) { ... on Job { id } ... on Error { message } }
}`;

describeWithBrowser("a page of another origin", () => {
  test("draws, shows the picture in a canvas, uploads a picture and varies both by id", async () => {
    const { page, problems } = await openApp();
    const drawn = await page.evaluate(async (query) => {
      const { id } = (await unclip.ask(query, { prompt: "a red apple" })).generate;
      await unclip.ended([id]);
      const { job } = await unclip.ask("query ($id: ID!) { job(id: $id) { pictures { id url size } } }", { id });
      const [picture] = job.pictures;
      const image = new Image();
      image.crossOrigin = "anonymous";
      image.src = picture.url;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
      const context = canvas.getContext("2d")!;
      context.drawImage(image, 0, 0);
      // A picture without CORS would make the canvas unreadable here.
      const opaque = context.getImageData(0, 0, 64, 64).data.filter((value, i) => i % 4 === 3 && value === 255).length;
      const file = await (await fetch(picture.url)).blob();
      return { picture, opaque, type: file.type };
    }, DRAW);
    expect(drawn).toMatchObject({ picture: { size: 64 }, opaque: 64 * 64, type: "image/png" });

    const sources = await page.evaluate(async (image) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
      canvas.getContext("2d")!.fillRect(8, 8, 48, 48);
      const file = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
      const { createUpload } = await unclip.ask(
        `mutation ($bytes: Int!) { createUpload(input: { contentType: "image/png", bytes: $bytes }) {
          ... on UploadForm { uploadId url fields { name value } } } }`,
        { bytes: file!.size },
      );
      const form = new FormData();
      for (const { name, value } of createUpload.fields) form.append(name, value);
      form.append("file", file!);
      const sent = await fetch(createUpload.url, { method: "POST", body: form });
      const ids: string[] = [];
      for (const source of [image, createUpload.uploadId]) {
        const { variations } = await unclip.ask(
          "mutation ($image: ID!) { variations(input: { image: $image, size: 64, count: 1, preset: DRAFT }) { ... on Job { id } } }",
          { image: source },
        );
        ids.push(variations.id);
      }
      await unclip.ended(ids);
      const made: object[] = [];
      for (const id of ids) {
        const { job } = await unclip.ask(
          `query ($id: ID!) { job(id: $id) {
            pictures { url } request { ... on VariationsRequest { image { ... on Node { id } } } } } }`,
          { id },
        );
        made.push({ source: job.request.image.id, pictures: job.pictures.length });
      }
      return { status: sent.status, made, sources: [image, createUpload.uploadId] };
    }, drawn.picture.id as string);
    expect(sources.status).toBeLessThan(300);
    expect(sources.made).toEqual(sources.sources.map((source) => ({ source, pictures: 1 })));
    expect(problems()).toEqual([]);
  });

  test("follows eight jobs in each of eight tabs at once, and the server still answers", {
    timeout: 60_000,
  }, async () => {
    const { page, pace, open, problems } = await openApp();
    const tabs = [page];
    while (tabs.length < TABS) {
      const tab = await page.context().newPage();
      await open(tab);
      tabs.push(tab);
    }
    pace.hold();
    const ids: string[] = [];
    for (const tab of tabs) {
      const prompt = `a red apple ${ids.length}`;
      ids.push(
        await tab.evaluate(
          async ([query, text]) => (await unclip.ask(query!, { prompt: text })).generate.id,
          [DRAW, prompt],
        ),
      );
    }
    const waiting = tabs.map((tab) => tab.evaluate((all) => unclip.ended(all), ids));
    const answers = await Promise.all(tabs.map((tab) => tab.evaluate(() => unclip.ask("{ viewer { owner } }"))));
    expect(new Set(answers.map(({ viewer }) => viewer.owner)).size).toBe(1);
    pace.release();
    await Promise.all(waiting);
    expect(problems()).toEqual([]);
  });
});
