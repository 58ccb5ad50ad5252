// What the studio selects of schema/schema.graphql. test/functions/studio/documents.test.ts checks the documents against it.
export type JobKind = "GENERATE" | "VARIATIONS" | "INTERPOLATE" | "MANIPULATE" | "RECONSTRUCT";
type JobStatus = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELED" | "EXPIRED";
export type Preset = "DRAFT" | "STANDARD" | "BEST";

/** A picture or an upload that a job was made from. It may have been deleted since. */
export type SourceImage = { readonly __typename: string; readonly id?: string; readonly url: string };

export type Picture = {
  readonly id: string;
  readonly index: number;
  readonly size: number;
  readonly seed: number;
  readonly score: number | null;
  readonly starred: boolean;
  readonly url: string;
  readonly urlExpiresAt: string;
};

type Drawing = { readonly size: number; readonly seed: number; readonly preset: Preset };
export type JobRequest =
  | (Drawing & { readonly __typename: "GenerateRequest"; readonly prompt: string; readonly count: number })
  | (Drawing & {
      readonly __typename: "VariationsRequest";
      readonly image: SourceImage | null;
      readonly strength: number;
      readonly count: number;
    })
  | (Drawing & {
      readonly __typename: "InterpolateRequest";
      readonly between: readonly { readonly image: SourceImage | null; readonly prompt: string | null }[];
      readonly frames: number;
      readonly animate: "WEBP" | "GIF" | null;
    })
  | (Drawing & {
      readonly __typename: "ManipulateRequest";
      readonly image: SourceImage | null;
      readonly from: string | null;
      readonly to: string;
      readonly amount: number;
      readonly frames: number;
    })
  | (Drawing & {
      readonly __typename: "ReconstructRequest";
      readonly image: SourceImage | null;
      readonly dimensions: readonly number[];
    });

export type Progress = {
  readonly pictureIndex: number;
  /** Of the whole job, from 0 to 1. */
  readonly fraction: number;
  readonly preview: { readonly url: string } | null;
};

type Failure = { readonly code: string; readonly message: string; readonly retryable: boolean };

export type Job = {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly provisioning: boolean;
  /** How many of the caller's jobs are drawn before it. Null if it is not queued, or unknown. */
  readonly position: number | null;
  readonly request: JobRequest;
  readonly pictureCount: number;
  readonly pictures: readonly Picture[];
  readonly animation: { readonly url: string } | null;
  readonly progress: Progress | null;
  readonly failure: Failure | null;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly createdAt: string;
};

/** A property that a caption can name: each value with the phrase for it, "in flat style". */
export type Attribute = {
  readonly name: string;
  readonly values: readonly { readonly name: string; readonly phrase: string }[];
};

export type Model = {
  readonly name: string;
  readonly version: string;
  readonly sizes: readonly number[];
  readonly defaultSize: number;
  /** None: it draws from pictures only. */
  readonly priors: readonly string[];
  readonly capabilities: readonly string[];
  readonly attributes: readonly Attribute[];
  /** Null if the model does not list the words of its captions. */
  readonly words: readonly string[] | null;
};

export type Viewer = { readonly owner: string; readonly quota: number; readonly picturesInFlight: number };

/** A refused mutation. `field` is the path within its input. */
export type Refusal = { readonly code: string; readonly message: string; readonly field?: string };
