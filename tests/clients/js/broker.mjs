// Makes RDS calls with the AWS SDK for JavaScript whose credentials come from the broker, by the SDK's own chain, and
// prints what came of each as a line of JSON. ENDPOINT is the endpoint way in, SERVICE the service itself.

import assert from "node:assert/strict";
import { CopyDBSnapshotCommand, DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { HttpsProxyAgent } from "https-proxy-agent";

const count = async (client) => (await client.send(new DescribeDBInstancesCommand({}))).DBInstances.length;

const checks = {
  async calls_through_the_proxy_succeed() {
    const requestHandler = new NodeHttpHandler({ httpsAgent: new HttpsProxyAgent(process.env.HTTPS_PROXY) });
    const client = new RDSClient({ region: "us-east-1", requestHandler });
    const { accessKeyId } = await client.config.credentials();
    assert.ok(accessKeyId.startsWith("ASIALOCAL"), accessKeyId);
    return count(client);
  },
  // No agent, no authority: a client as everybody makes it.
  async a_default_client_finds_the_endpoint_way_in_by_its_variable() {
    process.env.AWS_ENDPOINT_URL_RDS = process.env.ENDPOINT;
    return count(new RDSClient({ region: "us-east-1" }));
  },
  async a_copy_by_the_endpoint_way_in_is_made_anew() {
    const client = new RDSClient({ region: "us-east-1", endpoint: process.env.ENDPOINT });
    const source = "arn:aws:rds:eu-west-1:123456789012:snapshot:seed";
    const copy = { SourceDBSnapshotIdentifier: source, TargetDBSnapshotIdentifier: "near", SourceRegion: "eu-west-1" };
    try {
      await client.send(new CopyDBSnapshotCommand(copy));
    } catch (error) {
      // The service has no such snapshot; that it says so means that the call arrived and was well signed.
      assert.ok(error.name.startsWith("DBSnapshotNotFound"), `${error.name}: ${error.message}`);
    }
    return source;
  },
  async a_client_whose_key_has_ended_goes_on() {
    process.env.AWS_ENDPOINT_URL_RDS = process.env.ENDPOINT;
    const client = new RDSClient({ region: "us-east-1" });
    await count(client);
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    const alone = new RDSClient({ region: "us-east-1", credentials: { accessKeyId, secretAccessKey, sessionToken } });
    for (;;) {
      try {
        await count(alone);
      } catch (error) {
        assert.equal(error.name, "ExpiredToken", `${error.name}: ${error.message}`);
        break;
      }
    }
    await count(client);
    const next = await client.config.credentials();
    assert.notEqual(next.accessKeyId, accessKeyId);
    return [accessKeyId, next.accessKeyId];
  },
  async the_service_itself_refuses_them() {
    try {
      await count(new RDSClient({ region: "us-east-1", endpoint: process.env.SERVICE }));
    } catch (error) {
      assert.equal(error.name, "InvalidClientTokenId", `${error.name}: ${error.message}`);
      return error.message;
    }
    throw new Error("was not refused");
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
