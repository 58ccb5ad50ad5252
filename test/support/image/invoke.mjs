// Calls a handler once, as Lambda does, and prints what it answers in the last line.
//   node invoke.mjs FILE EVENT
const { handler } = await import(process.argv[2]);
const context = { awsRequestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd", getRemainingTimeInMillis: () => 900_000 };
const answer = await handler(JSON.parse(process.argv[3]), context);
process.stdout.write(`\n${JSON.stringify(answer)}\n`, () => process.exit());
