import type { TextForm } from '../options/option.ts';

/** A release's number. */
export const versionForm: TextForm = {
  pattern: /^\d+(?:\.\d+)*(?:[-.+][0-9A-Za-z]+)*$/,
  words: 'a version such as 4.1.4',
};

/** One of EC2's ids, as in `ami-0588935a949f9ff17`. */
export function idForm(prefix: string, article: string): TextForm {
  return {
    pattern: new RegExp(`^${prefix}-[0-9A-Za-z]+$`),
    words: `${article} such as ${prefix}-0588935a949f9ff17`,
  };
}
