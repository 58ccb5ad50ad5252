// Alarms in a channel of Slack or Microsoft Teams, by Amazon Q Developer in chat applications (formerly AWS Chatbot). Its
// owner has connected the workspace or tenant to the account once, in the console.
import { CfnMicrosoftTeamsChannelConfiguration, CfnSlackChannelConfiguration } from "aws-cdk-lib/aws-chatbot";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { Settings } from "./settings.ts";

/** What people in the channel may ask the account for at most: nothing, since the channel's role allows nothing. */
const GUARDRAIL = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess";

export function addChat(scope: Construct, { name, slack, teams }: Settings, topic: Topic): void {
  if (slack === undefined && teams === undefined) return;
  const role = new Role(scope, "ChatRole", { assumedBy: new ServicePrincipal("chatbot.amazonaws.com") });
  const common = {
    configurationName: `${name}-alarms`,
    iamRoleArn: role.roleArn,
    snsTopicArns: [topic.topicArn],
    guardrailPolicies: [GUARDRAIL],
  };
  if (slack !== undefined) {
    const { workspace, channel } = slack;
    new CfnSlackChannelConfiguration(scope, "Slack", {
      ...common,
      slackWorkspaceId: workspace,
      slackChannelId: channel,
    });
  }
  if (teams !== undefined) {
    const { tenant, team, channel } = teams;
    new CfnMicrosoftTeamsChannelConfiguration(scope, "Teams", {
      ...common,
      teamsTenantId: tenant,
      teamId: team,
      teamsChannelId: channel,
    });
  }
}
