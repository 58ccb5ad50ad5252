// Callers that use the whole API while faults happen, and remember what the service promised them.
import { setTimeout as sleep } from "node:timers/promises";
import { UPLOAD, verb } from "../../support/fuzz/operations.ts";
import type { RandomChoices } from "../../support/fuzz/random-choices.ts";
import { png } from "../../support/png.ts";
import { fieldsOf, uploadForm } from "../../support/upload-form.ts";
import type { Violations } from "../violations.ts";
import { Client, Refused } from "./client.ts";
import { follow } from "./follow.ts";

/** An accepted job. */
export type Promised = {
  readonly id: string;
  readonly pictures: number;
  /** Its end is to be sent to the webhook. */
  readonly notified: boolean;
  /** The cancellation was answered with CANCELED. */
  canceled: boolean;
};

const PICTURE = new Uint8Array(png(2, 2));
/** More than clock jumps can refuse in a row. */
const UPLOAD_TRIES = 10;
/** The longest, because clocks jump by half an hour again and again. */
const DEADLINES = { startWithinSeconds: 86_400, endWithinSeconds: 86_400 };
const CANCEL = "mutation ($id: ID!) { cancel(id: $id) { __typename ... on Job { status } } }";

type CallersOptions = {
  readonly name: string;
  /** The server. */
  readonly url: string;
  /** The receiver of webhooks. */
  readonly webhook: string;
  readonly choices: RandomChoices;
  readonly violations: Violations;
  readonly stopped: AbortSignal;
  /** Between two calls of one caller. */
  readonly pauseMs: number;
};

export class Callers {
  readonly promised: Promised[] = [];
  readonly #client: Client;
  readonly #webhook: string;
  readonly #choices: RandomChoices;
  readonly #violations: Violations;
  readonly #stop = new AbortController();
  readonly #follows: Promise<void>[] = [];
  readonly #name: string;
  readonly #pauseMs: number;
  #keys = 0;

  constructor({ name, url, webhook, choices, violations, stopped, pauseMs }: CallersOptions) {
    this.#name = name;
    this.#pauseMs = pauseMs;
    this.#client = new Client(url, stopped);
    this.#webhook = webhook;
    this.#choices = choices;
    this.#violations = violations;
  }

  /** Calls until `finish`. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#act();
      await sleep(this.#pauseMs);
    }
    await Promise.all(this.#follows);
  }

  /** Ends `run` after the current call and the streams of unfinished jobs. */
  finish(): void {
    this.#stop.abort();
  }

  async #act(): Promise<void> {
    const { below, maybe, pick } = this.#choices;
    const common = {
      ...DEADLINES,
      size: 64,
      preset: "DRAFT",
      seed: below(1000),
      idempotencyKey: `${this.#name}/${this.#keys++}`,
    };
    const kind = below(10);
    if (kind < 6)
      await this.#submit(verb("generate"), 1 + below(3), (count) => ({ ...common, prompt: "a cat", count }));
    else if (kind < 8) {
      const image = await this.#upload();
      await this.#submit(verb("variations"), 1 + below(2), (count) => ({ ...common, image, count }));
    } else if (kind < 9) {
      const between = [{ prompt: "a cat" }, { prompt: "a dog" }];
      await this.#submit(verb("interpolate"), 2 + below(3), (frames) => ({ ...common, between, frames }));
    } else if (this.promised.length > 0) await this.#cancel(pick(this.promised.slice(-3)));
    if (maybe(0.2) && this.promised.length > 0) {
      const { id } = this.promised.at(-1)!;
      const following = follow(this.#client, id, this.#violations);
      // When a campaign breaks off, `run` does not wait for it.
      following.catch(() => {});
      this.#follows.push(following);
    }
  }

  async #submit(mutation: string, pictures: number, input: (pictures: number) => object): Promise<void> {
    const notified = this.#choices.maybe(0.3);
    const variables = { input: { ...input(pictures), ...(notified && { webhook: this.#webhook }) } };
    const first = await this.#client.query(mutation, variables);
    if (first.__typename !== "Job") throw new Refused(JSON.stringify(first));
    this.promised.push({ id: first.id, pictures, notified, canceled: false });
    if (!this.#choices.maybe(0.3)) return;
    const again = await this.#client.query(mutation, variables);
    if (again.id !== first.id)
      this.#violations.add("doubled", `the same call gave the jobs ${first.id} and ${again.id}`);
  }

  async #cancel(job: Promised): Promise<void> {
    const answer = await this.#client.query(CANCEL, { id: job.id });
    if (answer.status === "CANCELED") job.canceled = true;
    if (answer.__typename === "NotFound") this.#violations.add("lost", `canceling ${job.id}: NotFound`);
  }

  async #upload(): Promise<string> {
    const input = { contentType: "image/png", bytes: PICTURE.length };
    for (let tries = 1; ; tries++) {
      const { uploadId, url, fields } = await this.#client.query(UPLOAD, { input });
      try {
        await this.#client.post(url, uploadForm(fieldsOf(fields), new Blob([PICTURE])));
        return uploadId;
      } catch (error) {
        // The clock jumped between the two calls, and the form has expired.
        if (!(error instanceof Refused) || tries === UPLOAD_TRIES) throw error;
      }
    }
  }
}
