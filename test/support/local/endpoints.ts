// The doors of a real process whose owners, ada and bob, have keys; tests knock, and look at what came of it.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { mintKey } from "../../../infra/auth/api-keys.ts";
import { type BlobSigner, blobSigner } from "../../../infra/local/blob-signer.ts";
import { keyFile } from "../../../infra/local/key-file.ts";
import { readSecret } from "../../../infra/local/secret.ts";
import { UPLOAD } from "../fuzz/operations.ts";
import { fieldsOf, uploadForm } from "../upload-form.ts";
import { type ServerProcess, startServer } from "./process.ts";
import type { Answer } from "./run-query.ts";

type Owner = "ada" | "bob";
type Headers = Readonly<Record<string, string>>;
type Form = { readonly url: string; readonly fields: Readonly<Record<string, string>> };

const VARY = `mutation ($input: VariationsInput!) {
  variations(input: $input) { ... on Job { id } ... on InvalidInput { code field message } } }`;
const JOB = `query ($id: ID!) {
  job(id: $id) { status attempt pictures { url } failure { code retryable message } } }`;
const JOBS = "{ jobs(first: 100) { nodes { id } } }";

/** A body's error: of GraphQL, or of the blobs' routes. */
export async function statusAndCode(response: Response): Promise<[status: number, code: string | undefined]> {
  const { errors, code } = (await response.json()) as Answer;
  return [response.status, errors?.[0].extensions.code ?? code];
}

/** Opened before the tests of a file; after each of them the process is alive and well, and has logged no error. */
export class Endpoints {
  readonly keys: Record<Owner, Headers> = { ada: {}, bob: {} };
  #folder = "";
  #server: ServerProcess | undefined;

  constructor() {
    beforeAll(() => this.#open());
    afterAll(() => this.#close());
    beforeEach(() => {
      const { exitCode, signalCode } = this.server.child;
      expect(exitCode ?? signalCode).toBeNull();
    });
    afterEach(async () => {
      expect(await (await fetch(`${this.server.url}/health`)).json()).toMatchObject({ status: "ok" });
      expect(this.server.log).toEqual([]);
    });
  }

  get server(): ServerProcess {
    return this.#server!;
  }

  runQuery(query: string, variables: object = {}, as: Owner = "ada"): Promise<Answer> {
    return this.server.runQuery(query, variables, this.keys[as]);
  }

  async post(body: BodyInit, headers: Headers = {}) {
    const sent = { "content-type": "application/json", ...this.keys.ada, ...headers };
    // Node wants `duplex` for a stream, which its types do not know.
    const init = { method: "POST", headers: sent, body, duplex: "half" } as RequestInit;
    return statusAndCode(await fetch(`${this.server.url}/graphql`, init));
  }

  query(query: string, variables: object = {}) {
    return this.post(JSON.stringify({ query, variables }));
  }

  async ticket(bytes: number, contentType = "image/png"): Promise<Form & { readonly id: string }> {
    const { uploadId: id, url, fields } = (await this.runQuery(UPLOAD, { input: { contentType, bytes } })).createUpload;
    return { id, url, fields: fieldsOf(fields) };
  }

  async send({ url, fields }: Form, file: Uint8Array): Promise<Response> {
    const body = uploadForm(fields, new Blob([file as Uint8Array<ArrayBuffer>]));
    return fetch(url, { method: "POST", body });
  }

  /** An upload of ada's whose file was sent. */
  async uploaded(file: Uint8Array, contentType = "image/png"): Promise<string> {
    const { id, ...form } = await this.ticket(file.length, contentType);
    expect((await this.send(form, file)).status).toBe(204);
    return id;
  }

  async vary(image: string, as: Owner = "ada"): Promise<Answer> {
    return (await this.runQuery(VARY, { input: { image, size: 64, preset: "DRAFT" } }, as)).variations;
  }

  /** A job of ada's, at its end. */
  async ended(id: string): Promise<Answer> {
    const read = async () => (await this.runQuery(JOB, { id })).job;
    const status = async () => (await read()).status;
    await expect.poll(status, { timeout: 60_000, interval: 20 }).toMatch(/SUCCEEDED|FAILED/);
    return read();
  }

  /** A signer with this server's secret, whose clock is `ago` milliseconds behind. */
  signer(ago = 0): BlobSigner {
    const clock = { now: () => Date.now() - ago };
    return blobSigner({ secret: readSecret(this.#folder), baseUrl: this.server.url, clock });
  }

  async metrics(): Promise<(name: string) => number> {
    const text = await (await fetch(`${this.server.url}/metrics`, { headers: this.keys.ada })).text();
    const lines = text.split("\n").map((line) => [line.slice(0, line.lastIndexOf(" ")), line] as const);
    const values = new Map(lines.map(([name, line]) => [name, Number(line.slice(name.length))]));
    return (name) => values.get(name) ?? Number.NaN;
  }

  /** Every job, message and blob. */
  async everything(): Promise<object> {
    const value = await this.metrics();
    return {
      jobs: [(await this.runQuery(JOBS)).jobs.nodes, (await this.runQuery(JOBS, {}, "bob")).jobs.nodes],
      messages: ["ready", "hidden"].map((state) => value(`unclip_queue_messages{state="${state}"}`)),
      blobs: (await readdir(path.join(this.#folder, "blobs"), { recursive: true })).sort(),
      drafts: await readdir(path.join(this.#folder, "blobs", "drafts")),
    };
  }

  async #open(): Promise<void> {
    this.#folder = await mkdtemp(path.join(tmpdir(), "unclip-doors-"));
    for (const owner of ["ada", "bob"] as const) {
      const { key, secret } = mintKey({ name: owner, owner, quota: 64 }, 0);
      await keyFile(this.#folder).add(key);
      this.keys[owner] = { authorization: `Bearer ${secret}` };
    }
    const node = ["--expose-gc", "--import", "./test/support/local/collect.mjs"];
    this.#server = await startServer({ folder: this.#folder, node, env: { UNCLIP_LOG: "error" } });
  }

  async #close(): Promise<void> {
    this.server.child.kill("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true });
  }
}
