// The GraphQL operations of the benchmark.
export const GENERATE = "mutation ($input: GenerateInput!) { generate(input: $input) { ... on Job { id } } }";
export const JOB = "query ($id: ID!) { job(id: $id) { id status progress { stage step steps } pictures { url } } }";
export const EVENTS = "subscription ($id: ID!) { jobEvents(id: $id) { __typename seq at } }";
export const CANCEL = "mutation ($id: ID!) { cancel(id: $id) { __typename } }";
