// One cold start: node probe.mjs BUNDLE EVENT. Prints how long the import took, and the first and the second query.
const [bundle, event] = process.argv.slice(2);
const start = performance.now();
const { handler } = await import(bundle);
const imported = performance.now();
const first = await handler(JSON.parse(event), {});
const answered = performance.now();
const again = await handler(JSON.parse(event), {});
const timings = { import: imported - start, first: answered - imported, second: performance.now() - answered };
if (first.statusCode !== 200 || again.statusCode !== 200) throw new Error(`${first.statusCode} ${first.body}`);
process.stdout.write(JSON.stringify(timings));
