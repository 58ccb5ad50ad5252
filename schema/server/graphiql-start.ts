import { LAST_JOB, LAST_PICTURE } from "./examples.ts";

/**
 * The script that starts GraphiQL in the browser. It puts the ids of the latest response into the variables, so that the tabs run
 * one after another, and links them to the studio.
 */
export const START_SCRIPT = `"use strict";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const workers = read("workers");
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_, label) => workers[label] };

const last = {};
const ID = /"id":"([0-9a-hjkmnp-tv-z]{26})(-\\d+)?"/g;

function remember(text) {
  for (const [, job, picture] of text.matchAll(ID)) {
    last.${LAST_JOB} = job;
    if (picture) last.${LAST_PICTURE} = job + picture;
  }
  if (last.${LAST_JOB}) studio.href = "/#" + (last.${LAST_PICTURE}?.startsWith(last.${LAST_JOB}) ? last.${LAST_PICTURE} : last.${LAST_JOB});
}

async function readAlong(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\\n");
    rest = lines.pop();
    remember(lines.join("\\n") + (rest.endsWith("}") ? rest : ""));
  }
}

const fillIn = (text) => Object.entries(last).reduce((filled, [name, id]) => filled.replaceAll(name, id), text);

const send = self.fetch;
// Subscriptions have their variables in the URL, other operations in the body.
self.fetch = async (resource, init) => {
  const url = resource instanceof Request ? resource : fillIn(String(resource));
  const body = typeof init?.body === "string" ? { body: fillIn(init.body) } : {};
  const response = await send(url, { ...init, ...body });
  if (response.body) readAlong(response.clone().body).catch(() => {});
  return response;
};

const studio = document.createElement("a");
studio.textContent = "Studio";
studio.href = "/";
studio.style.cssText = "position: fixed; right: 28px; bottom: 24px; z-index: 1; color: inherit; font: 500 15px sans-serif;";

addEventListener("DOMContentLoaded", () => {
  document.body.append(studio);
  YogaGraphiQL.renderYogaGraphiQL(document.getElementById("root"), read("options"));
});
`;
