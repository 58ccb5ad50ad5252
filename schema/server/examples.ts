// One example operation per use case. GraphiQL shows them as tabs, and the tests run them. Lines of at most 50 characters fit
// its editor.

/** In the variables, these stand for the ids in the latest response: the page fills them in (graphiql-start.ts). */
export const LAST_JOB = "LAST_JOB";
export const LAST_PICTURE = "LAST_PICTURE";

type Example = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> };

const ACCEPTED = `
    ... on Job { id status request { seed } }
    ... on Error { code message retryable }`;

export const EXAMPLES: readonly [Example, ...Example[]] = [
  {
    query: `# Draws pictures. The mutation returns at once;
# the next tab follows the job.
# If the service needs an API key, put this under
# Headers:
# { "authorization": "Bearer unclip_..." }
mutation Generate($input: GenerateInput!) {
  generate(input: $input) {${ACCEPTED}
  }
}`,
    variables: { input: { prompt: "a red apple in flat style on a teal background", count: 2 } },
  },
  {
    query: `# Follows a job until it ends. GraphiQL shows
# the latest event only.
# LAST_JOB is the job of the latest response.
# After a disconnect, resume with "after": the
# last seq that you received.
subscription Follow($id: ID!, $after: Int = 0) {
  jobEvents(id: $id, after: $after) {
    __typename
    seq
    ... on Progress {
      stage step steps
      pictureIndex
      preview { url }
    }
    ... on Failed { failure { code message } }
    job {
      status
      pictures { id url seed score }
      sheet { url }
    }
  }
}`,
    variables: { id: LAST_JOB },
  },
  {
    query: `# Follows all of your jobs, also later ones.
# After a disconnect, resume with "after": the
# last cursor that you received.
subscription AllEvents($after: String) {
  events(after: $after) {
    cursor
    node {
      __typename
      seq
      ... on Progress { fraction preview { url } }
      ... on PictureReady { picture { id url } }
      ... on Failed { failure { code message } }
      job { id status }
    }
  }
}`,
    variables: { after: null },
  },
  {
    query: `# Interpolates between two captions. An endpoint
# can also be a picture or an upload:
# { "image": "<id>" }
mutation Interpolate($input: InterpolateInput!) {
  interpolate(input: $input) {${ACCEPTED}
  }
}`,
    variables: {
      input: {
        between: [
          { prompt: "a tulip in twemoji style on a blue background" },
          { prompt: "a rocket in noto style on a purple background" },
        ],
        frames: 8,
        animate: "WEBP",
      },
    },
  },
  {
    query: `# Creates an upload for one picture. Then send
# the file, with the fields in this order and the
# file last: curl <url> -F <name>=<value> ...
#       -F file=@picture.png
mutation Upload($input: CreateUploadInput!) {
  createUpload(input: $input) {
    ... on UploadForm {
      uploadId url
      fields { name value }
      expiresAt
    }
    ... on Error { code message }
  }
}`,
    variables: { input: { contentType: "image/png", bytes: 1_000_000 } },
  },
  {
    query: `# Draws variations of a picture or an upload.
# LAST_PICTURE is the last picture that a response
# named.
mutation Variations($input: VariationsInput!) {
  variations(input: $input) {${ACCEPTED}
  }
}`,
    variables: { input: { image: LAST_PICTURE, count: 4, strength: 0.5 } },
  },
  {
    query: `# Edits a picture or an upload by the difference
# between two captions.
mutation Manipulate($input: ManipulateInput!) {
  manipulate(input: $input) {${ACCEPTED}
  }
}`,
    variables: {
      input: { image: LAST_PICTURE, from: "a red apple", to: "a green apple", amount: 0.25, frames: 4 },
    },
  },
  {
    query: `# Your jobs, newest first. For the next page, set
# "after" to pageInfo.endCursor.
query History($after: String) {
  jobs(first: 10, after: $after) {
    nodes {
      id kind status createdAt
      progress { stage step steps }
      pictures { id url }
      failure { code message }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { after: null },
  },
  {
    query: `# Your pictures that match a text, best first.
query Search($text: String!) {
  search(text: $text, first: 10) {
    score
    picture { id url seed }
    job {
      id createdAt
      request {
        ... on GenerateRequest { prompt }
      }
    }
  }
}`,
    variables: { text: "a red apple" },
  },
  {
    query: `# How well a picture or an upload matches two
# captions.
query Score(
  $image: ID!
  $a: String!
  $b: String!
) {
  a: score(image: $image, prompt: $a)
  b: score(image: $image, prompt: $b)
}`,
    variables: { image: LAST_PICTURE, a: "a red apple", b: "a green frog" },
  },
  {
    query: `# Cancels a job that has not ended.
mutation Cancel($id: ID!) {
  cancel(id: $id) {
    ... on Job { id status }
    ... on Error { code message }
  }
}`,
    variables: { id: LAST_JOB },
  },
  {
    query: `# The models of this service, and your quota.
query About {
  models {
    name version sizes priors
    presets { name steps }
    licence attribution
  }
  viewer { owner quota picturesInFlight }
}`,
    variables: {},
  },
];
