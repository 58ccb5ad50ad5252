// Options that change the embedding. What is wrong with them is in bad-inputs.test.ts.
import { expect, test } from "vitest";
import { Service } from "../../support/schema/service.ts";

const service = new Service();

test("a mix takes pictures, captions and embeddings, and the job's request shows them", async () => {
  const image = await service.upload();
  const mix = [{ image, weight: 0.5 }, { prompt: "a cat" }, { embedding: [0.1234567891, -1, 0] }];
  const options = { mix, weight: 2, embeddingNoise: 0.1, negativePrompt: "a dog" };
  const shown = `... on Job { request { ... on GenerateRequest {
    mix { image { __typename } prompt embedding weight } weight embeddingNoise negativePrompt
  } } }`;
  const query = `mutation ($input: GenerateInput!) { result: generate(input: $input) { __typename ${shown} } }`;
  expect(await service.get(query, { input: { prompt: "a", ...options } })).toMatchObject({
    request: {
      mix: [
        { image: { __typename: "Upload" }, prompt: null, embedding: null, weight: 0.5 },
        { image: null, prompt: "a cat", embedding: null, weight: 1 },
        { image: null, prompt: null, embedding: [0.1234568, -1, 0], weight: 1 },
      ],
      weight: 2,
      embeddingNoise: 0.1,
      negativePrompt: "a dog",
    },
  });
});
