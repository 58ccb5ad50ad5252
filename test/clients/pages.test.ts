// The pages of the guide that install packages, followed in an empty folder. react.test.ts follows those of React.
import { expect, test } from "vitest";
import { installClient } from "../support/clients/install.ts";
import { installedBy, stepsOf } from "../support/docs/follow-page.ts";
import { followGuide } from "../support/docs/guide.ts";

const URL = /http:\/\/\S+/.source;

/** [page, folders with what it installs, what each command prints] */
const PAGES: readonly [string, readonly string[], readonly RegExp[]][] = [
  [
    "websocket",
    ["websocket"],
    [/^Queued \nStarted \n(Progress \S+\n)+[\s\S]*PictureReady http\S+\nPictureReady http\S+\nSucceeded \n$/],
  ],
  ["webhooks", ["webhooks"], [/^job\.succeeded http:\/\/\S+\n$/]],
  ["codegen", ["codegen"], [/(^|\n)\d+ http:\/\/\S+\n$/]],
  ["python", ["gql"], [/^Queued \nStarted \n(Progress [\d.]+\n)+[\s\S]*Succeeded \n$/, /^SUCCEEDED 2\n$/]],
  // The Python client warns that it considers `create_variation` deprecated.
  ["openai", ["openai-node", "openai-python"], Array(2).fill(new RegExp(`(^|\n)${URL}\n${URL}\n$`))],
];

test.each(PAGES)("%s", async (page, folders, expected) => {
  const client = await installClient(folders[0]!, ...folders.slice(1));
  const steps = stepsOf(`docs/guide/apps/${page}.md`);
  expect(client.packages).toEqual(expect.arrayContaining(installedBy(steps)));
  const printed = await followGuide(steps, client);
  expect(printed).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});
