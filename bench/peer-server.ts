/** `node bench/peer-server.ts KIND`: a server that does as little as can be done, to compare the service with. */
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';

let held: ServerResponse[] = [];

/** Holds who asks `GET …/wait`, and answers all of them when a hook comes. */
const hold: RequestListener = (request, response) => {
  if (request.url?.includes('/wait') === true) return void held.push(response);
  request.resume().on('end', () => {
    response.writeHead(202).end();
    if (request.method !== 'POST') return;
    for (const each of held) each.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    held = [];
  });
};

const listeners: Readonly<Record<string, RequestListener>> = {
  http: (request, response) => void request.resume().on('end', () => response.writeHead(202).end()),
  express: express().post('/webhooks/gitlab', express.raw({ type: () => true }), (_request, response) => {
    response.status(202).end();
  }),
  holder: hold,
};

const server = createServer(listeners[process.argv[2] ?? '']);
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
