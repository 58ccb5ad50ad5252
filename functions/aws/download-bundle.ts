// Downloads a bundle before a worker opens it: node download-bundle.js s3://BUCKET/bundles/<SHA-256> FOLDER

import { s3Client } from "../../infra/aws/clients/s3.ts";
import { downloadBundle, parseBundleLocation } from "../../infra/aws/download-bundle.ts";

const [url = "", folder] = process.argv.slice(2);
const location = parseBundleLocation(url);

if (location === undefined || folder === undefined) {
  console.error("Usage: download-bundle s3://BUCKET/bundles/SHA256-OF-BUNDLE.JSON FOLDER");
  process.exitCode = 2;
} else {
  await downloadBundle(s3Client(), location, folder);
}
