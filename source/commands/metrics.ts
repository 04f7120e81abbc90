import { Counter, Gauge, Registry } from 'prom-client';
import packageJson from '../../package.json' with { type: 'json' };
import { cleanLine } from '../domain/clean-text.ts';
import type { Metric } from '../monitor/metric.ts';
import { createMetrics, isUp, type PollFigures } from '../monitor/metrics.ts';
import { connectionLines } from '../monitor/plain-lines.ts';
import type { MonitorState } from '../monitor/state.ts';
import type { Flags } from './arguments.ts';
import { isLoopback } from './event-values.ts';
import { exitCode } from './exit-codes.ts';
import { addressOf, listen, type MetricsPage } from './metrics-server.ts';
import { open } from './open.ts';
import { createOutput } from './output.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { runWithoutScreen } from './without-screen.ts';

/** `migtop metrics`: serves the figures in Prometheus' text form, until a signal ends it. Resolves to the exit code. */
export async function runMetrics(
  { connection, flags }: { readonly connection: string | undefined; readonly flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const { stdout, stderr } = surroundings;
  const exporter = createExporter(surroundings, packageJson.version);
  // A port that is in use is reported before anything else is done.
  const server = await listen(flags.events.listen, exporter.answer);
  if (server.kind === 'failed') {
    stderr.write(`migtop: ${server.problem}\n`);
    return exitCode.failed;
  }
  const stopListening = surroundings.onSignal(signalsThatEnd(), (signal) => surroundings.exit(signalExitCode(signal)));
  try {
    const table = await open(connection, flags, surroundings);
    stopListening();
    for (const note of table.target.notes) stderr.write(`migtop: note: ${note}\n`);
    if (!isLoopback(flags.events.listen))
      stderr.write('migtop: note: other machines can read the metrics without a password\n');
    const output = createOutput(stdout);
    await output.write(`http://${addressOf(flags.events.listen.host, server.port)}/metrics\n`);
    const report = createConnectionReport((line) => stderr.write(`migtop: ${line}\n`));
    const onState = (state: MonitorState): void => {
      exporter.take(state);
      report(state);
    };
    return await runWithoutScreen({ table, flags, output, onState }, surroundings);
  } finally {
    stopListening();
    await server.close();
  }
}

/** Says when the connection is lost, why, and when there is one again: the metrics have no reason. */
export function createConnectionReport(write: (line: string) => void): (state: MonitorState) => void {
  let reported: MonitorState | null = null;
  return (state) => {
    const before: MonitorState = reported ?? { ...state, connection: { kind: 'live' } };
    reported = state;
    for (const line of connectionLines(before, state)) write(cleanLine(line));
  };
}

/** How long a page serves other scrapes, in milliseconds. */
const sharedMs = 100;

/** Keeps the state of the monitor, and answers requests from it. */
export function createExporter(
  { now, date }: Pick<Surroundings, 'now' | 'date'>,
  version: string,
): { take(state: MonitorState): void; answer(path: string): Promise<MetricsPage | null> } {
  const metricsOf = createMetrics(version);
  let state: MonitorState | null = null;
  let polls: PollFigures = { polls: 0, failures: 0, seconds: null, answeredAt: null };
  let lostAttempt = 0;
  /** The page for scrapes that come at the same time; null after a poll. */
  let page: { readonly madeMs: number; readonly text: ReturnType<typeof textOf> } | null = null;
  // Between two states the time goes on: data that grows old disappears.
  const current = (): MonitorState | null => (state === null ? null : { ...state, nowMs: now() });
  return {
    take(next) {
      if (next.latest !== null && next.latest !== state?.latest)
        polls = {
          ...polls,
          polls: polls.polls + 1,
          seconds: Math.max(0, next.nowMs - next.receivedAtMs) / 1000,
          answeredAt: date() / 1000,
        };
      const { connection } = next;
      if (connection.kind === 'lost' && connection.attempt !== lostAttempt)
        polls = { ...polls, failures: polls.failures + 1 };
      lostAttempt = connection.kind === 'lost' ? connection.attempt : 0;
      state = next;
      page = null;
    },
    async answer(path) {
      const shown = current();
      if (path === '/metrics') {
        if (page === null || now() - page.madeMs >= sharedMs)
          page = { madeMs: now(), text: textOf(metricsOf(shown, polls)) };
        return { status: 200, ...(await page.text) };
      }
      if (path === '/healthz') {
        const isOk = shown !== null && isUp(shown);
        return { status: isOk ? 200 : 503, type: 'text/plain; charset=utf-8', text: isOk ? 'ok\n' : 'no data\n' };
      }
      return null;
    },
  };
}

/** The text form of Prometheus. */
async function textOf(metrics: readonly Metric[]): Promise<{ readonly type: string; readonly text: string }> {
  const registry = new Registry();
  for (const { name, help, type, samples } of metrics) {
    const labelNames = Object.keys(samples[0]?.labels ?? {});
    const options = { name, help, labelNames, registers: [registry] };
    if (type === 'counter') {
      const counter = new Counter(options);
      for (const { labels = {}, value } of samples) counter.inc({ ...labels }, value);
    } else {
      const gauge = new Gauge(options);
      for (const { labels = {}, value } of samples) gauge.set({ ...labels }, value);
    }
  }
  return { type: registry.contentType, text: await registry.metrics() };
}
