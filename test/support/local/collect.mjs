// Loaded into the server by the test of its memory, with --expose-gc: a signal collects the garbage.
process.on("SIGUSR2", () => globalThis.gc());
