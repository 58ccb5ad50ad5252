// The deny list: whole words, phrases and emoji.
import { expect, it } from "vitest";
import { createDenyList } from "../../infra/moderation.ts";

const list = createDenyList(["pistol", "Red Heart", "🔫", "❤️", "", "..."]);

it.each(["a pistol", "PISTOL!", "a red-heart", "réd heart", "🔫", "a🔫b", "❤", "x ❤️‍🔥", "🔫🏽 in flat style"])(
  "refuses %j",
  async (prompt) => {
    expect(await list.prompt(prompt)).toMatch(/not allowed/);
  },
);

it.each(["", "pistols", "a red big heart", "🍎", "💙", "..."])("accepts %j", async (prompt) => {
  expect(await list.prompt(prompt)).toBeUndefined();
});
