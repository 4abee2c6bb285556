import { readFileSync } from 'node:fs';
import { english, type Translate } from '../../src/text/translate.ts';

const bundle = JSON.parse(
  readFileSync(new URL('../../l10n/bundle.l10n.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

/** A language of wide letters: what was not translated stays narrow. A text that translators don't get is an error. */
export const pseudo: Translate = (message, ...args) => {
  if (bundle[message] !== message) throw new Error(`not in the bundle: ${message}`);
  const wide = message.replaceAll(/\{\d+\}|[A-Za-z]/g, (part) =>
    part.length > 1 ? part : String.fromCodePoint((part.codePointAt(0) ?? 0) + 0xfee0),
  );
  return english(wide, ...args);
};

/** What is the same in every language: names, ids, types, versions, units. */
const data =
  /\b(?:demo|busy|spark|master|worker-\d|id-[\w-]+|app-\d|i-0abc|m5\.large|m7g\.large|r7g\.2xlarge|spot|EC2|us-east-1[a-z]?|vpc-1|analytics|team|search|Flintrock|Spark|HDFS|YARN|VPC|Java|SSH|AMI|EBS|Spot|ami-1|gp3|IOPS|GiB|MiB|MB|min|UTC|AM|PM|arm64|ed25519|job\.py)\b/g;

/** The words of English in texts that were made with {@link pseudo}. */
export function untranslated(...texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.replaceAll(data, '').match(/[A-Za-z]{2,}/g) ?? []);
}
