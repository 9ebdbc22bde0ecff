// Preloaded, has every TLS connection go to OVERRIDE (ADDRESS:PORT) whatever its name: for machines where neither names
// can be pointed elsewhere nor port 443 be listened on. Server name, Host and signature stay the service's.

import https from "node:https";

const [, host, port] = process.env.OVERRIDE.match(/^\[?(.*?)\]?:(\d+)$/);
const connect = https.Agent.prototype.createConnection;
https.Agent.prototype.createConnection = function (options, callback) {
  return connect.call(this, { ...options, host, port }, callback);
};
