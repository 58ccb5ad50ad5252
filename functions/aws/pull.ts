// A bundle from S3 into a folder, before a worker opens it: node pull.js s3://bucket/bundles/<digest> FOLDER
import { pullBundle, shelfOf } from "../../infra/aws/bundle-shelf.ts";
import { s3Client } from "../../infra/aws/clients/s3.ts";

const [url = "", folder] = process.argv.slice(2);
const shelf = shelfOf(url);

if (shelf === undefined || folder === undefined) {
  console.error("Usage: pull s3://BUCKET/bundles/SHA256-OF-BUNDLE.JSON FOLDER");
  process.exitCode = 2;
} else {
  await pullBundle(s3Client(), shelf, folder);
}
