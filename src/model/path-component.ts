import { ClusterError } from './errors.ts';

/**
 * A text that is going to be one component of a path, by whichever author: it can't leave the folder that it is put into.
 *
 * @returns the text
 * @throws ClusterError `INTERNAL` if it is anything but letters, digits, `.`, `_` and `-`, or begins with a dot
 */
export function pathComponent(text: string): string {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(text)) return text;
  throw new ClusterError('INTERNAL', `${JSON.stringify(text)} can’t be used as a file name.`);
}

/** A text that may be anything, made one component of a path: what can't stand in one is an underscore. Two texts may come out as one. */
export function readableComponent(text: string): string {
  return pathComponent(text.replaceAll(/[^A-Za-z0-9._-]+|^\./g, '_').slice(0, 100) || '_');
}
