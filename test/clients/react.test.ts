// The React pages of the guide: each is followed in an empty folder, built with Vite, and used from an origin of its own.
import { copyFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { installClient } from "../support/clients/install.ts";
import { serveFolder, useApp } from "../support/clients/react-app.ts";
import { followSteps, installedBy, stepsOf } from "../support/docs/follow-page.ts";
import { startOn } from "../support/local/start.ts";
import { dataFolder } from "../support/local/temporary-folder.ts";
import { describeWithBrowser, openPage } from "../support/studio/browser.ts";

/** What `npm create vite -- --template react` installs. */
const TEMPLATE = ["react", "react-dom", "vite", "@vitejs/plugin-react"];

describeWithBrowser("an app of React", () => {
  test.each(["apollo", "urql", "relay"])("with %s draws, follows, varies, uploads and is refused", async (name) => {
    const { folder, packages, run } = await installClient(`react-${name}`, "react");
    const steps = stepsOf(`docs/guide/apps/${name}.md`);
    expect([...TEMPLATE, ...installedBy(steps)].sort()).toEqual([...packages].sort());

    const origin = await serveFolder(path.join(folder, "dist"));
    const server = await startOn(dataFolder(), { cors: [origin] });
    onTestFinished(() => server.close());
    copyFileSync("schema/schema.graphql", path.join(folder, "schema.graphql"));
    await followSteps(steps, { folder, run, replaced: { "127.0.0.1:4000": new URL(server.url).host } });
    if (name === "relay") await run("npx", "relay-compiler");
    await run("npx", "vite", "build");

    const { page, problems } = await openPage();
    await page.goto(origin);
    await useApp(page);
    if (name === "relay") {
      await page.reload();
      await page.getByRole("button", { name: "Older" }).click();
      await page.getByText(/^GENERATE/).waitFor();
      expect((await page.getByRole("listitem").allTextContents()).map((text) => text.split(" ")[0])).toEqual([
        "VARIATIONS",
        "VARIATIONS",
        "GENERATE",
      ]);
    }
    expect(new Set(problems)).toEqual(new Set([`a request to ${server.url}`]));
  });
});
