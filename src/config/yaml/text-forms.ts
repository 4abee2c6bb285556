import { durationPattern } from '../../base/duration.ts';
import type { TextForm } from '../options/option.ts';

/** A release's number. */
export const versionForm: TextForm = {
  pattern: /^\d+(?:\.\d+)*(?:[-.+][0-9A-Za-z]+)*$/,
  words: 'a version such as 4.1.4',
};

/** How long something may be. A number alone isn't enough: minutes and seconds are not to be mixed up. */
export const durationForm: TextForm = {
  pattern: durationPattern,
  words: 'a duration such as 30 min, 2 h or 1 d',
};

/** One of EC2's ids, as in `ami-0588935a949f9ff17`. */
export function idForm(prefix: string, article: string): TextForm {
  return {
    pattern: new RegExp(`^${prefix}-[0-9A-Za-z]+$`),
    words: `${article} such as ${prefix}-0588935a949f9ff17`,
  };
}
