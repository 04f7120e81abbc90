import { cleanText } from '../domain/clean-text.ts';
import type { Operation } from '../domain/operation.ts';
import type { Command, Reason } from './command.ts';
import type { CustomCommandRow } from './personal.ts';
import type { MonitorState } from './state.ts';
import { newestOfKind, selectedOperation, selectedRow } from './views.ts';

/** The values of a row that a custom command may get, by their names. */
export type CustomValues = Readonly<Record<string, string>>;

/** The id in the registry of a command of the configuration file. */
export function customId(name: string): string {
  return `command-${name}`;
}

/** The command as the registry has it. It counts as one that writes: it is off if the session is read-only. */
export function customCommand({ name, key, title, scope }: CustomCommandRow): Command {
  return {
    id: customId(name),
    keys: key === null ? [] : [key],
    scopes: scope === 'table' ? ['list'] : ['list', 'detail'],
    label: name,
    footer: 'hidden',
    help: title,
    group: 'Act',
    writes: true,
    disabledReason: (state) => whyNoCustom(state, name, scope),
    run: (controls) => controls.runCustom(name),
  };
}

function whyNoCustom(state: MonitorState, name: string, scope: CustomCommandRow['scope']): Reason | null {
  if (state.readOnly !== null)
    return { kind: 'read-only', short: 'read-only', text: `cannot run ${name}: read-only: ${state.readOnly}` };
  if (customValues(state, scope) !== null) return null;
  const text = `cannot run ${name}: no ${scope} selected`;
  return { kind: 'nothing', short: `no ${scope} selected`, text };
}

/** The values of what is selected; null if that is not what the command is about. */
export function customValues(state: MonitorState, scope: CustomCommandRow['scope']): CustomValues | null {
  const row = state.overlay.kind === 'detail' ? null : selectedRow(state);
  if (scope === 'table') {
    const table = row?.kind === 'table' ? row.table.tableName : (selectedOperation(state)?.tableName ?? null);
    return table === null ? null : { ...sessionValues(state), table };
  }
  const operation = selectedOperation(state) ?? (scope === 'failure' ? newestOfKind(state) : null);
  if (operation === null || (scope === 'failure' && operation.status !== 'failed')) return null;
  return { ...sessionValues(state), ...operationValues(operation) };
}

function sessionValues({ target, session }: MonitorState): CustomValues {
  return {
    host: target.host,
    port: String(target.port),
    database: target.database,
    user: target.user,
    control_table: target.table,
    target: session?.targetName ?? '',
  };
}

function operationValues(operation: Operation): CustomValues {
  return {
    id: String(operation.id),
    table: operation.tableName,
    phase: operation.phase,
    operation: operation.operation,
    status: operation.status,
    worker: operation.workerId === null ? '' : String(operation.workerId),
    error: cleanText(operation.errorMessage ?? ''),
  };
}
