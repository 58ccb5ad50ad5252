// What every Embedder promises.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenEngine, openEngine } from "../../functions/engine.ts";
import { sha256 } from "../../infra/jobs/identity.ts";
import type { Blobs, Embedder } from "../../infra/ports.ts";
import { badPictures, goodPicture } from "../support/local/bad-pictures.ts";
import { TINY } from "../support/models/tiny-bundle.ts";

type Place = { readonly embedder: Embedder; readonly blobs: Blobs; readonly close?: () => void };

export function embedderContract(name: string, openPlace: (engine: OpenEngine) => Promise<Place>): void {
  describe(`${name} embeds`, () => {
    let engine: OpenEngine;
    let place: Place;
    let good: Uint8Array;
    beforeAll(async () => {
      [engine, good] = await Promise.all([openEngine(TINY, 1), goodPicture()]);
      place = await openPlace(engine);
    });
    afterAll(async () => {
      place?.close?.();
      await engine?.close();
    });

    const store = async (key: string, bytes: Uint8Array) => {
      await place.blobs.put(key, { bytes, contentType: "image/png" });
      return { key, sha256: sha256(bytes) };
    };

    test("a caption, as the engine does", async () => {
      const prompt = "a red apple, 雨";
      expect(await place.embedder.embed({ prompt })).toEqual(await engine.embed({ prompt }));
    });

    test("a picture among the blobs, as the engine does", async () => {
      const image = await store("uploads/ada/1", good);
      expect(await place.embedder.embed({ image })).toEqual(await engine.embed({ image: good }));
    });

    test("no picture that is gone, replaced or damaged, and says which", async () => {
      const whole = await store("uploads/ada/2", good);
      const { bytes } = Object.values(await badPictures())[0]!;
      const damaged = await store("uploads/ada/3", bytes);
      for (const [image, message] of [
        [{ ...whole, key: "uploads/ada/none" }, /no longer exists/],
        [{ ...whole, sha256: damaged.sha256 }, /was replaced/],
        [damaged, /damaged/],
      ] as const) {
        await expect(place.embedder.embed({ image })).rejects.toMatchObject({
          name: "UnclipError",
          code: "INVALID_PICTURE",
          message: expect.stringMatching(message),
        });
      }
    });

    test("no caption that the model refuses", async () => {
      const refused = place.embedder.embed({ prompt: "" });
      await expect(refused).rejects.toMatchObject({ name: "UnclipError", code: "INVALID_REQUEST" });
    });
  });
}
