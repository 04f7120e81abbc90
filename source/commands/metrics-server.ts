import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Listen } from './event-values.ts';

export interface MetricsPage {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export type MetricsServer =
  | { readonly kind: 'listening'; readonly port: number; close(): Promise<void> }
  | { readonly kind: 'failed'; readonly problem: string };

/** How long a request may take to arrive, and an idle connection may stay open, in milliseconds. */
const requestMs = 10_000;
const idleMs = 5000;
const mostConnections = 512;

/** Serves GET and HEAD. `answer` gives the page of a path; null if there is none. */
export async function listen(
  { host, port }: Listen,
  answer: (path: string) => Promise<MetricsPage | null>,
): Promise<MetricsServer> {
  const server = createServer(
    {
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => {
      respond(request, response, answer).catch(() => response.destroy());
    },
  );
  server.maxConnections = mostConnections;
  server.setTimeout(requestMs + idleMs, (socket) => socket.destroy());
  const problem = await new Promise<string | null>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(problemOf(error, addressOf(host, port))));
    server.listen({ host, port }, () => resolve(null));
  });
  if (problem !== null) return { kind: 'failed', problem };
  // A later error concerns one connection.
  server.on('error', () => {});
  return {
    kind: 'listening',
    port: (server.address() as AddressInfo).port,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function respond(
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
  answer: (path: string) => Promise<MetricsPage | null>,
): Promise<void> {
  const plain = 'text/plain; charset=utf-8';
  const isAllowed = method === 'GET' || method === 'HEAD';
  const found = isAllowed ? await answer(url.split('?', 1)[0] ?? '/') : null;
  const { status, type, text } = isAllowed
    ? (found ?? { status: 404, type: plain, text: 'There are /metrics and /healthz.\n' })
    : { status: 405, type: plain, text: 'Only GET and HEAD are allowed.\n' };
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...(isAllowed ? {} : { Allow: 'GET, HEAD' }),
  });
  response.end(method === 'HEAD' ? '' : text);
}

/** `127.0.0.1:9645`, `[::1]:9645`. */
export function addressOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function problemOf({ code, message }: NodeJS.ErrnoException, address: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `cannot listen on ${address}: the port is in use. Choose another one with --listen`;
    case 'EACCES':
      return `cannot listen on ${address}: permission denied. Choose a port from 1024 on with --listen`;
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${address}: this machine does not have that address`;
    default:
      return `cannot listen on ${address}: ${message}`;
  }
}
