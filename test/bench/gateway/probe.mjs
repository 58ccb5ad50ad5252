// One cold start: node probe.mjs BUNDLE EVENT. Prints the CPU time in milliseconds, of all threads, of the import, the
// first and the second query. The time on the clock would depend on what else the machine does.
const [bundle, event] = process.argv.slice(2);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const start = cpu();
const { handler } = await import(bundle);
const imported = cpu();
const first = await handler(JSON.parse(event), {});
const answered = cpu();
const again = await handler(JSON.parse(event), {});
const times = { import: imported - start, first: answered - imported, second: cpu() - answered };
if (first.statusCode !== 200 || again.statusCode !== 200) throw new Error(`${first.statusCode} ${first.body}`);
process.stdout.write(JSON.stringify(times));
