import { Box } from 'ink';
import { bodyRows } from '../monitor/layout.ts';
import type { Window } from '../monitor/window.ts';
import { Help } from './help.tsx';
import type { Look } from './look.ts';
import type { Body } from './picture.ts';
import { Rows } from './rows.tsx';

export interface ViewProps {
  readonly body: Body;
  readonly window: Window;
  readonly look: Look;
}

/** What is between the rows at the top and those at the bottom: a list, a detail, a question, or the help. */
export function View({ body, window, look }: ViewProps) {
  if (body.kind === 'rows') return <Rows rows={body.rows} />;
  return (
    <Box flexDirection="column" height={bodyRows(window)} overflow="hidden">
      <Help top={body.top} window={window} look={look} />
    </Box>
  );
}
