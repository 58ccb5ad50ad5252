// A CDK app with unclip in one of its stacks: npx cdk synth --app "node examples/cdk.mjs"
import { App, CfnOutput, Stack } from "aws-cdk-lib";
import { Unclip } from "unclip-cdk";

const stack = new Stack(new App(), "Pictures");
const unclip = new Unclip(stack, "Unclip", {
  bundle: "node_modules/unclip/models/bundles/picto",
  email: "me@example.com",
  cors: ["https://shop.example.com"],
});
new CfnOutput(stack, "GraphqlUrl", { value: unclip.url });
