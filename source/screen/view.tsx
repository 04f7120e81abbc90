import { Box } from 'ink';
import { bodyRows } from '../presentation/layout.ts';
import type { Theme } from '../presentation/theme.ts';
import type { Window } from '../presentation/window.ts';
import type { Body } from './frame.ts';
import { Help } from './help.tsx';
import { Rows } from './rows.tsx';

export interface ViewProps {
  readonly body: Body;
  readonly window: Window;
  readonly theme: Theme;
}

/** The body, between the rows at the top and at the bottom: a list, a detail, a dialog, or the help. */
export function View({ body, window, theme }: ViewProps) {
  if (body.kind === 'rows') return <Rows rows={body.rows} />;
  return (
    <Box flexDirection="column" height={bodyRows(window)} overflow="hidden">
      <Help
        top={body.top}
        here={body.here}
        personal={body.personal}
        connectWith={body.connectWith}
        window={window}
        theme={theme}
      />
    </Box>
  );
}
