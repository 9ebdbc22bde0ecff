// Makes RDS calls with the AWS SDK for JavaScript and prints what came of each as a line of JSON: by Node's own agent
// where that is told of proxies, with a proxy agent where HTTPS_PROXY alone is set, else with the default client, which
// goes wherever the service's name leads it. Everything else stands in the environment; the arguments name the checks.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import {
  CreateDBInstanceCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  RDSServiceException,
  StopDBInstanceCommand,
  paginateDescribeDBInstances,
} from "@aws-sdk/client-rds";
// begin agent
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { HttpsProxyAgent } from "https-proxy-agent";
// end agent
// begin own
import https from "node:https";
// end own

const TAG = "größer & <schöner> 🦀 + 1";

function client(further = {}) {
  let settings = { region: "us-east-1" };
  if (process.env.NODE_USE_ENV_PROXY) {
    // begin own
    settings = { ...settings, requestHandler: { httpsAgent: https.globalAgent } };
    // end own
  } else if (process.env.HTTPS_PROXY) {
    // begin agent
    const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
    settings = { ...settings, requestHandler: new NodeHttpHandler({ httpsAgent: agent }) };
    // end agent
  }
  return new RDSClient({ ...settings, ...further });
}

const near = client();

const checks = {
  async version() {
    return `client-rds ${createRequire(import.meta.url)("@aws-sdk/client-rds/package.json").version}, Node ${process.versions.node}`;
  },
  async allowed_call() {
    const [DBInstanceIdentifier, Tags] = ["orders", [{ Key: "note", Value: TAG }]];
    await near.send(
      new CreateDBInstanceCommand({ DBInstanceIdentifier, DBInstanceClass: "db.t4g.micro", Engine: "postgres", Tags }),
    );
    const found = await near.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
    assert.deepEqual(found.DBInstances[0].TagList, Tags);
    return found.DBInstances[0].DBInstanceArn;
  },
  async denied_call() {
    try {
      await near.send(new StopDBInstanceCommand({ DBInstanceIdentifier: "orders" }));
    } catch (error) {
      assert.ok(error instanceof RDSServiceException, String(error));
      assert.equal(error.$metadata.httpStatusCode, 403);
      assert.equal(error.$metadata.attempts, 1);
      assert.ok(error.$metadata.requestId);
      return { type: "RDSServiceException", code: error.name, message: error.message };
    }
    throw new Error("was not denied");
  },
  async large_answer() {
    const answer = await client({ region: "eu-west-1" }).send(new DescribeDBInstancesCommand({}));
    return answer.DBInstances.length;
  },
  async untrusted_call() {
    try {
      await near.send(new DescribeDBInstancesCommand({}));
    } catch (error) {
      return { type: error.constructor.name, message: `${error.code}: ${error.message}` };
    }
    throw new Error("was answered");
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
