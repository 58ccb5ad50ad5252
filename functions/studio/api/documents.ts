// The operations of the studio. test/functions/studio/documents.test.ts validates them against the schema.

const PICTURE = "fragment Picture on Picture { id index size seed score starred url urlExpiresAt }";

const SOURCE = "fragment Source on Image { __typename url ... on Node { id } }";

const PRIOR = "prior priorSteps priorGuidance priorSamples literal";

const MIX = "mix { image { ...Source } prompt embedding weight } weight embeddingNoise negativePrompt";

/** Everything that a request can say, so that it can be sent again as it was. */
const REQUEST = `fragment Request on JobRequest {
  __typename size seed preset steps guidance
  ... on GenerateRequest { prompt count sampler ${PRIOR} ${MIX} }
  ... on VariationsRequest { image { ...Source } strength count ${MIX} }
  ... on InterpolateRequest { between { image { ...Source } prompt } frames animate ${PRIOR} }
  ... on ManipulateRequest { image { ...Source } from to amount frames animate }
  ... on ReconstructRequest { image { ...Source } dimensions }
}`;

const PROGRESS = "fragment Progress on Progress { pictureIndex fraction preview { url } }";

const JOB = `fragment Job on Job {
  id kind status provisioning position pictureCount createdAt
  request { ...Request }
  pictures { ...Picture }
  animation { url }
  progress { ...Progress }
  failure { code message retryable }
  warnings { code message }
}
${[PICTURE, SOURCE, REQUEST, PROGRESS].join("\n")}`;

const RESULT = `__typename
    ... on Job { ...Job }
    ... on Error { code message }
    ... on InvalidInput { field }
    ... on ContentRejected { field }`;

/** The caller and the model. */
export const ABOUT = `query About {
  viewer { owner quota picturesInFlight }
  models { name version sizes defaultSize priors capabilities attributes { name values { name phrase } } words }
}`;

export const VIEWER = "query Viewer { viewer { owner quota picturesInFlight } }";

/** A page of the history. */
export const HISTORY = `query History($first: Int, $after: String, $kind: [JobKind!], $starred: Boolean) {
  jobs(first: $first, after: $after, kind: $kind, starred: $starred) {
    nodes { ...Job }
    pageInfo { hasNextPage endCursor }
  }
}
${JOB}`;

export const ONE_JOB = `query Job($id: ID!) { job(id: $id) { ...Job } }
${JOB}`;

const MATCHES = "score picture { ...Picture } job { ...Job }";

export const SEARCH = `query Search($text: String, $picture: ID, $first: Int) {
  search(text: $text, picture: $picture, first: $first) { ${MATCHES} }
}
${JOB}`;

/** What happens to the caller's jobs. */
export const CHANGES = `subscription Changes($after: String, $since: DateTime) {
  events(after: $after, since: $since) {
    cursor
    node {
      __typename
      job { id status provisioning position }
      ... on Queued { job { ...Job } }
      ... on Progress { ...Progress }
      ... on PictureReady { picture { ...Picture } }
      ... on Succeeded { job { ...Job } }
      ... on Failed { job { ...Job } }
      ... on Canceled { job { ...Job } }
      ... on Expired { job { ...Job } }
    }
  }
}
${JOB}`;

/** The verbs, and the type of the input of each. */
export const VERBS = {
  generate: "GenerateInput",
  variations: "VariationsInput",
  interpolate: "InterpolateInput",
  manipulate: "ManipulateInput",
  reconstruct: "ReconstructInput",
} as const;

export type Verb = keyof typeof VERBS;

/** The mutation of one verb, which returns the job. */
export const submission = (verb: Verb): string => `mutation Submit($input: ${VERBS[verb]}!) {
  result: ${verb}(input: $input) {
    ${RESULT}
  }
}
${JOB}`;

export const CANCEL =
  "mutation Cancel($id: ID!) { result: cancel(id: $id) { __typename ... on Error { code message } } }";

export const DELETE_PICTURE =
  "mutation DeletePicture($id: ID!) { result: deletePicture(id: $id) { __typename ... on Error { code message } } }";

export const DELETE_JOB =
  "mutation DeleteJob($id: ID!) { result: deleteJob(id: $id) { __typename ... on Error { code message } } }";

export const STAR = `mutation Star($id: ID!, $starred: Boolean!) {
  result: setStarred(id: $id, starred: $starred) { __typename ... on Error { code message } }
}`;

export const UPLOAD = `mutation Upload($input: CreateUploadInput!) {
  result: createUpload(input: $input) {
    __typename
    ... on UploadForm { uploadId url fields { name value } }
    ... on Error { code message }
    ... on InvalidInput { field }
  }
}`;
