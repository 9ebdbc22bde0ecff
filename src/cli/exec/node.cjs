// Loaded by `rds-guard exec` before a Node program: https.Agent goes through the proxy that HTTPS_PROXY names.
//
// Node's agents read no proxy variable before version 24, and the AWS SDK for JavaScript makes agents of its own in
// every version, so its calls would pass by the proxy. Agents of proxy packages do not come here.
'use strict';

const http = require('node:http');
const https = require('node:https');
const tls = require('node:tls');

const connectDirectly = https.Agent.prototype.createConnection;

function proxyOf(host) {
  const text = process.env.HTTPS_PROXY || process.env.https_proxy;
  if (!text || !host) return undefined;
  const name = String(host).toLowerCase();
  const isUnder = (entry) => name === entry || (entry.startsWith('.') && name.endsWith(entry));
  const direct = (process.env.NO_PROXY || process.env.no_proxy || '').toLowerCase().split(/[\s,]+/).filter(Boolean);
  return direct.some(isUnder) ? undefined : new URL(text);
}

https.Agent.prototype.createConnection = function createConnection(options, done) {
  const known = options && typeof options === 'object' && !options.socketPath && typeof done === 'function';
  const proxy = known ? proxyOf(options.host) : undefined;
  if (!proxy) return connectDirectly.apply(this, arguments);

  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const target = `${host}:${options.port || 443}`;
  const headers = { host: target };
  if (proxy.username) {
    const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    headers['proxy-authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  const request = http.request({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || 80,
    method: 'CONNECT',
    path: target,
    headers,
    agent: false,
  });
  request.once('error', done);
  request.once('connect', (response, socket) => {
    request.removeListener('error', done);
    if (response.statusCode === 200) return done(null, tls.connect({ ...options, socket }));
    socket.destroy();
    return done(new Error(`CONNECT ${target}: the proxy answers ${response.statusCode}`));
  });
  request.end();
  return undefined;
};
