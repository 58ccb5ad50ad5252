// The worker image for GPUs, built from its Dockerfile on NVIDIA's libraries, and used as far as that goes without a GPU.
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { asRoot, buildWorkerImage, type Image, runIn } from "../support/image/build.ts";

const LIBRARIES = "/app/node_modules/onnxruntime-node/bin/napi-v6/linux/x64";

let image: Image;
beforeAll(async () => {
  image = await buildWorkerImage("cuda", "test/bundles/tiny");
}, 3_600_000);

test("the CUDA provider finds all its libraries but the driver's, which the machine mounts into the container", async () => {
  const lines = (await runIn(image, "ldd", `${LIBRARIES}/libonnxruntime_providers_cuda.so`)).split("\n");
  const missing = lines.filter((line) => line.includes("not found")).map((line) => line.trim().split(" ")[0]);
  expect(missing).toEqual(["libcuda.so.1"]);
  expect(lines.join()).toContain("libcublasLt.so.13 => /usr/local/cuda/");
});

test("ONNX Runtime for Node.js loads the provider, which then asks for a driver", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-driver-"));
  const source = path.join(folder, "driver.c");
  // Its only function that the provider is linked with.
  writeFileSync(source, "int cuTensorMapEncodeTiled(void) { return 100; }\n");
  const driver = path.join(folder, "libcuda.so.1");
  execFileSync("cc", ["-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", driver, source]);
  await asRoot("install", "-D", driver, path.join(image.root, "opt/driver/libcuda.so.1"));
  const script = `
    const [library, network] = process.argv.slice(1);
    const { default: { InferenceSession } } = await import(library);
    await InferenceSession.create(network, { executionProviders: ["cuda"] }).then(
      () => console.log("opened"),
      (error) => console.log(error.message),
    );`;
  const environment = ["LD_LIBRARY_PATH=/opt/driver", "ORT_DISABLE_TELEMETRY=1"];
  const node = ["/usr/local/bin/node", "--input-type=module"];
  const files = ["/app/node_modules/onnxruntime-node/dist/index.js", "/app/bundle/clip-text.onnx"];
  const printed = await runIn(image, "/usr/bin/env", ...environment, ...node, "-e", script, ...files);
  expect(printed).toContain("CUDA driver version is insufficient");
});
