// Makes RDS calls with the AWS SDK for JavaScript and a proxy agent, as a service that is told of its proxy would, and
// prints what came of each as a line of JSON. Everything else stands in the environment; the arguments name the checks.

import assert from "node:assert/strict";
import {
  CreateDBInstanceCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  StopDBInstanceCommand,
  paginateDescribeDBInstances,
} from "@aws-sdk/client-rds";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { HttpsProxyAgent } from "https-proxy-agent";

const agent = () => new HttpsProxyAgent(process.env.HTTPS_PROXY, { keepAlive: true });
const client = (settings = {}) =>
  new RDSClient({
    region: "us-east-1",
    requestHandler: new NodeHttpHandler({ httpsAgent: agent() }),
    ...settings,
  });

async function denied(command, ...words) {
  try {
    await client().send(command);
  } catch (error) {
    assert.equal(error.name, "AccessDenied");
    assert.equal(error.$metadata.httpStatusCode, 403);
    assert.equal(error.$metadata.attempts, 1);
    assert.ok(error.$metadata.requestId);
    for (const word of [...words, "[rds-guard]"]) assert.ok(error.message.includes(word), error.message);
    return error.message;
  }
  throw new Error("was not denied");
}

const checks = {
  async allowed_calls_succeed() {
    const made = await client().send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "script",
        DBInstanceClass: "db.t4g.micro",
        Engine: "postgres",
        Tags: [{ Key: "größer & <schöner>", Value: "🦀 + 1" }],
      }),
    );
    assert.equal(made.DBInstance.DBInstanceIdentifier, "script");
    assert.deepEqual(made.DBInstance.TagList, [{ Key: "größer & <schöner>", Value: "🦀 + 1" }]);
    const found = await client().send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: "script" }));
    assert.equal(found.DBInstances[0].DBInstanceStatus, "available");
    return found.DBInstances[0].DBInstanceArn;
  },
  async denied_calls_are_typed_and_tried_once() {
    await denied(
      new DeleteDBInstanceCommand({ DBInstanceIdentifier: "script", SkipFinalSnapshot: true }),
      "because no VPC endpoint policy allows the rds:DeleteDBInstance action",
    );
    return denied(
      new StopDBInstanceCommand({ DBInstanceIdentifier: "script" }),
      'explicit deny in a VPC endpoint policy (statement "NeverStop")',
    );
  },
  async pages_come_one_after_the_other() {
    const sizes = [];
    for await (const page of paginateDescribeDBInstances({ client: client(), pageSize: 20 }, {})) {
      sizes.push(page.DBInstances.length);
    }
    assert.equal(sizes.length, 3);
    return sizes;
  },
  async a_session_token_is_passed_on() {
    const credentials = {
      accessKeyId: process.env.TEMPORARY_ACCESS_KEY_ID,
      secretAccessKey: process.env.TEMPORARY_SECRET_ACCESS_KEY,
      sessionToken: process.env.TEMPORARY_SESSION_TOKEN,
    };
    const answer = await client({ credentials }).send(new DescribeDBInstancesCommand({}));
    return answer.DBInstances.length;
  },
  async five_megabytes_are_read() {
    const answer = await client({ region: "eu-west-1" }).send(new DescribeDBInstancesCommand({}));
    assert.equal(answer.DBInstances.length, 100);
    assert.equal(answer.DBInstances[99].TagList.length, 234);
    return answer.DBInstances.length;
  },
};

let good = true;
for (const check of process.argv.slice(2)) {
  let line;
  try {
    line = { check, ok: true, detail: await checks[check]() };
  } catch (error) {
    line = { check, ok: false, detail: `${error.name}: ${error.message}` };
    good = false;
  }
  console.log(JSON.stringify(line));
}
process.exit(good ? 0 : 1);
