#!/usr/bin/env node
// The command that npm installs. Node.js 22 and newer keep the compiled code of one run for the next.
import module from "node:module";

module.enableCompileCache?.();
await import("./main.ts");
