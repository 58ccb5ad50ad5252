// Two owners in any sequence of all operations, each naming its own things, the other's and things that do not exist: an
// answer never holds what belongs to the other, and "not yours" equals "not there".
import fc from "fast-check";
import { expect, it } from "vitest";
import { pictureId, sheetId } from "../../infra/jobs/global-id.ts";
import { schema } from "../../schema/index.ts";
import { embedding, PNG, Service } from "../support/schema/service.ts";

type Owner = "ada" | "bob";
/** Whose things an operation names. */
type Whose = "own" | "foreign" | "missing";
type Kind = "job" | "picture" | "sheet" | "upload" | "cursor";
type Step = { readonly by: Owner; readonly name: string; readonly whose: Whose; readonly place: number };

const IMAGE = "id url job { id request { ... on GenerateRequest { prompt } } }";
const JOB = `id status request { ... on GenerateRequest { prompt } } sheet { id url }
  pictures { ${IMAGE} caption sources { id url } starred } events(first: 50) { __typename seq }`;
const RESULT = `{ __typename ... on Job { ${JOB} } ... on Error { code message } ... on InvalidInput { field } }`;
const OPTIONS = "size: 64, preset: DRAFT";

/** Operations that name one thing, by the kind of the thing. */
const NAMING: Readonly<Record<string, { readonly kind: Kind; readonly query: string }>> = {
  "Query.job": { kind: "job", query: `query ($id: ID!) { job(id: $id) { ${JOB} } }` },
  ...Object.fromEntries(
    (["job", "picture", "sheet", "upload"] as const).map((kind) => [
      `Query.node(${kind})`,
      {
        kind,
        query: `query ($id: ID!) { node(id: $id) { id ... on Job { ${JOB} } ... on Picture { ${IMAGE} } ... on Sheet { url } } }`,
      },
    ]),
  ),
  "Query.jobs(after)": { kind: "cursor", query: `query ($id: String!) { jobs(after: $id) { nodes { ${JOB} } } }` },
  "Query.jobs(before)": {
    kind: "cursor",
    query: `query ($id: String!) { jobs(last: 5, before: $id) { nodes { ${JOB} } } }`,
  },
  "Query.search(picture)": {
    kind: "picture",
    query: `query ($id: ID!) { search(picture: $id) { picture { ${IMAGE} } } }`,
  },
  ...Object.fromEntries(
    (["picture", "upload"] as const).flatMap((kind) => [
      [`Query.embed(${kind})`, { kind, query: "query ($id: ID!) { embed(of: { image: $id }) { clip vector } }" }],
      [`Query.score(${kind})`, { kind, query: 'query ($id: ID!) { score(image: $id, prompt: "an apple") }' }],
    ]),
  ),
  "Mutation.cancel": { kind: "job", query: `mutation ($id: ID!) { cancel(id: $id) ${RESULT} }` },
  "Mutation.deleteJob": {
    kind: "job",
    query: "mutation ($id: ID!) { deleteJob(id: $id) { __typename ... on Error { code message } } }",
  },
  "Mutation.deletePicture": {
    kind: "picture",
    query: "mutation ($id: ID!) { deletePicture(id: $id) { __typename ... on Error { code message } } }",
  },
  "Mutation.setStarred": {
    kind: "picture",
    query: `mutation ($id: ID!) { setStarred(id: $id, starred: true) {
      __typename ... on Picture { ${IMAGE} } ... on Error { code message } } }`,
  },
  ...Object.fromEntries(
    (["picture", "upload"] as const).flatMap((kind) => [
      [
        `Mutation.variations(${kind})`,
        { kind, query: `mutation ($id: ID!) { variations(input: { image: $id, ${OPTIONS} }) ${RESULT} }` },
      ],
      [
        `Mutation.manipulate(${kind})`,
        { kind, query: `mutation ($id: ID!) { manipulate(input: { image: $id, to: "a dog", ${OPTIONS} }) ${RESULT} }` },
      ],
      [
        `Mutation.reconstruct(${kind})`,
        {
          kind,
          query: `mutation ($id: ID!) { reconstruct(input: { image: $id, dimensions: [1], ${OPTIONS} }) ${RESULT} }`,
        },
      ],
      [
        `Mutation.interpolate(${kind})`,
        {
          kind,
          query: `mutation ($id: ID!) {
            interpolate(input: { between: [{ image: $id }, { prompt: "a dog" }], frames: 2, ${OPTIONS} }) ${RESULT} }`,
        },
      ],
    ]),
  ),
};

/** Operations that name nothing. */
const LISTING: Readonly<Record<string, string>> = {
  "Query.jobs": `{ jobs(first: 100) { edges { cursor node { ${JOB} } } } }`,
  "Query.search(text)": `{ search(text: "apple") { picture { ${IMAGE} } } }`,
  "Query.viewer": "{ viewer { owner quota picturesInFlight webhookSecret } }",
};
const MAKING = ["generate", "draw", "upload"];
/** The operations of MAKING. */
const MADE = ["Mutation.generate", "Mutation.createUpload"];
/** Queries that are the same for everybody. */
const OWNERLESS = ["Query.models", "Query.queue"];

/** Well-formed ids of nothing. */
const MISSING: Readonly<Record<Kind, string>> = {
  job: "00000000000000000000000000",
  picture: "00000000000000000000000000-0",
  sheet: "00000000000000000000000000-sheet",
  upload: "00000000-0000-4000-8000-000000000000",
  cursor: Buffer.from("0.00000000000000000000000000").toString("base64url"),
};

/** What belongs to an owner: ids by kind, and every text that identifies one of its things. */
class Belongings {
  readonly ids: Record<Kind, string[]> = { job: [], picture: [], sheet: [], upload: [], cursor: [] };
  readonly texts = new Set<string>();

  add(kind: Kind, id: string): void {
    this.ids[kind].push(id);
    this.texts.add(id);
  }
}

class World {
  readonly #service = new Service();
  readonly #owned: Readonly<Record<Owner, Belongings>> = { ada: new Belongings(), bob: new Belongings() };
  #captions = 0;

  async step({ by, name, whose, place }: Step): Promise<void> {
    const naming = NAMING[name];
    if (naming !== undefined) await this.#name(by, naming, whose, place);
    else if (name in LISTING) this.#check(by, await this.#ask(by, LISTING[name]!), []);
    else await this.#make(by, name, place);
  }

  async #name(by: Owner, { kind, query }: (typeof NAMING)[string], whose: Whose, place: number): Promise<void> {
    const ids = this.#owned[whose === "own" ? by : otherOf(by)].ids[kind];
    const id = whose === "missing" ? undefined : ids[place % ids.length];
    const answer = await this.#ask(by, query, { id: id ?? MISSING[kind] });
    this.#check(by, answer, id === undefined ? [] : [id]);
    // A cursor is a position in the caller's own list, wherever it comes from.
    if (whose !== "foreign" || id === undefined || kind === "cursor") return;
    const missing = await this.#ask(by, query, { id: MISSING[kind] });
    expect(anonymous(answer, id)).toEqual(anonymous(missing, MISSING[kind]));
  }

  async #make(by: Owner, name: string, place: number): Promise<void> {
    const owned = this.#owned[by];
    if (name === "upload") owned.add("upload", await this.#service.upload(PNG, "image/png", by));
    if (name === "generate") await this.#generate(by, `key ${place % 5}`);
    const queued = owned.ids.job.filter((id) => this.#service.store.records.get(id)?.status === "QUEUED");
    const job = queued[place % queued.length];
    if (name !== "draw" || job === undefined) return;
    await this.#service.draw(job, [embedding("apple"), embedding("frog")]);
    for (const index of [0, 1]) owned.add("picture", pictureId(job, index));
    owned.add("sheet", sheetId(job));
  }

  /** Both owners use the same idempotency keys. */
  async #generate(by: Owner, idempotencyKey: string): Promise<void> {
    const prompt = `an apple of ${by}, number ${this.#captions++}`;
    const made = await this.#service.generate({ prompt, count: 2, idempotencyKey }, by);
    this.#check(by, JSON.stringify(made), []);
    if (made.__typename !== "Job") return;
    const owned = this.#owned[by];
    owned.texts.add(prompt);
    owned.add("job", made.id);
    const { createdAt } = this.#service.store.records.get(made.id)!;
    owned.add("cursor", Buffer.from(`${createdAt}.${made.id}`).toString("base64url"));
  }

  async #ask(by: Owner, query: string, variables: object = {}): Promise<string> {
    const response = await this.#service.fetch({ query, variables }, { authorization: `Bearer ${by}` });
    expect(response.status).toBeLessThan(500);
    return response.text();
  }

  /** An answer holds nothing of the other owner, but for what the caller sent. */
  #check(by: Owner, answer: string, sent: readonly string[]): void {
    const { texts } = this.#owned[otherOf(by)];
    const leaked = [...texts].filter((text) => !sent.includes(text) && answer.includes(text));
    expect(leaked).toEqual([]);
  }
}

const otherOf = (owner: Owner): Owner => (owner === "ada" ? "bob" : "ada");

/** The answer without the id that was sent and without what differs from request to request. */
function anonymous(answer: string, id: string): unknown {
  return JSON.parse(answer.replaceAll(id, "ID"), (key, value) => (key === "requestId" ? undefined : value));
}

const steps = fc.array(
  fc.record<Step>({
    by: fc.constantFrom("ada", "bob"),
    name: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...MAKING) },
      { weight: 3, arbitrary: fc.constantFrom(...Object.keys(NAMING), ...Object.keys(LISTING)) },
    ),
    whose: fc.constantFrom("own", "foreign", "foreign", "missing"),
    place: fc.nat(20),
  }),
  { minLength: 20, maxLength: 60 },
);

it("nothing of one owner reaches the other", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const world = new World();
      for (const step of taken) await world.step(step);
    }),
    { numRuns: 40 },
  );
});

it("covers every query and mutation", () => {
  const covered = [...Object.keys(NAMING), ...Object.keys(LISTING), ...MADE].map((name) => name.replace(/\(.*/, ""));
  const fields = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type) =>
    Object.keys(type.getFields()).map((field) => `${type.name}.${field}`),
  );
  expect(fields.filter((field) => !covered.includes(field))).toEqual(OWNERLESS);
});
