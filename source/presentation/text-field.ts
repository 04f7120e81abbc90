import { cleanLine } from '../domain/clean-text.ts';
import { graphemesOf } from './text-width.ts';

/** A line of text that is being typed. */
export interface TextField {
  readonly text: string;
  /** The position of the caret: how many UTF-16 units of the text are before it. */
  readonly caret: number;
  /** Whether the text is offered, not typed: what is typed first takes its place. A key that moves in it keeps it for editing, one that erases removes it. */
  readonly isOffered?: true;
}

/** The effect of a key in a text. */
const edits = [
  'left',
  'right',
  'start',
  'end',
  'erase',
  'delete',
  'erase-word',
  'erase-before',
  'erase-after',
] as const;
export type Edit = (typeof edits)[number];

/** Whether a command edits the text of a field. */
export function isEdit(name: string): name is Edit {
  return edits.some((edit) => edit === name);
}

/** Maximum length of a text in characters; a clipboard may hold megabytes. */
const longestText = 400;

/** The field with the caret at the end of its text. */
export function fieldOf(text: string): TextField {
  return { text, caret: text.length };
}

/** The field with a text that is offered. */
export function offered(text: string): TextField {
  return text === '' ? fieldOf('') : { ...fieldOf(text), isOffered: true };
}

/** The field after a text was typed or pasted at its caret: on one line, without control characters, cut where it is full. */
export function inserted(field: TextField, typed: string): TextField {
  const { text, caret } = field.isOffered === true && cleanLine(typed) !== '' ? fieldOf('') : field;
  const room = longestText - graphemesOf(text).length;
  // To segment megabytes takes seconds; no grapheme has more than 50 units.
  const added = graphemesOf(cleanLine(typed.slice(0, longestText * 50)))
    .slice(0, Math.max(0, room))
    .join('');
  return { text: text.slice(0, caret) + added + text.slice(caret), caret: caret + added.length };
}

/**
 * The field after a key. Left, right, erase and delete go by whole characters, as a reader counts them; erase and delete remove a text that is
 * offered, as a selected one.
 */
export function edited({ text, caret, isOffered }: TextField, edit: Edit): TextField {
  if (isOffered === true && (edit === 'erase' || edit === 'delete')) return fieldOf('');
  const before = text.slice(0, caret);
  const after = text.slice(caret);
  switch (edit) {
    case 'left':
      return { text, caret: caret - lengthOf(graphemesOf(before).at(-1)) };
    case 'right':
      return { text, caret: caret + lengthOf(graphemesOf(after)[0]) };
    case 'start':
      return { text, caret: 0 };
    case 'end':
      return { text, caret: text.length };
    case 'erase':
      return joined(before.slice(0, before.length - lengthOf(graphemesOf(before).at(-1))), after);
    case 'delete':
      return joined(before, after.slice(lengthOf(graphemesOf(after)[0])));
    case 'erase-word':
      return joined(before.replace(/\S*\s*$/, ''), after);
    case 'erase-before':
      return joined('', after);
    case 'erase-after':
      return joined(before, '');
  }
}

function joined(before: string, after: string): TextField {
  return { text: before + after, caret: before.length };
}

function lengthOf(character: string | undefined): number {
  return character?.length ?? 0;
}
