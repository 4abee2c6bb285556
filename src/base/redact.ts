// What is handed to strangers, such as the logs of a report. Everything here takes as long as the text is long: it is others' text.

const gone = '[redacted]';

/** A name of something secret, as the last part of a longer one; it must not be looked for with a search before it. */
const secretName =
  '(?:secret|passw(?:or)?d|passphrase|pwd|token|api[_-]?key|access[._-]?key|private[._-]?key|secret[._-]?key|credentials?|authorization|cookie)';

/** What stands behind such a name and is no secret. */
const harmless =
  /^(?:null|none|nil|undefined|true|false|yes|no|not|is|are|was|for|of|the|a|an|and|or|in|to)$/i;

type Shape = readonly [pattern: RegExp, replacement: (...parts: string[]) => string];

const whole = (): string => gone;
const afterPrefix = (_all: string, prefix = ''): string => `${prefix}${gone}`;
const unlessHarmless = (all: string, prefix = '', value = ''): string =>
  harmless.test(value) || value === gone ? all : `${prefix}${gone}`;

const shapes: readonly Shape[] = [
  // In an address: https://user:password@host, and a token in place of the user.
  [
    /(:\/\/)([^\s/?#"'<>]*)@/g,
    (all, slashes = '', login = '') => {
      const colon = login.indexOf(':');
      if (colon >= 0) return `${slashes}${login.slice(0, colon)}:${gone}@`;
      return login.length >= 20 ? `${slashes}${gone}@` : all;
    },
  ],
  // An address that is its own key: presigned by S3, Azure, CloudFront.
  [
    /([?&](?:X-Amz-(?:Signature|Security-Token|Credential)|AWSAccessKeyId|Signature|sig|Policy|Key-Pair-Id|(?:access_|id_|refresh_)?token|code|key|password)=)[^&\s"'<>]+/gi,
    afterPrefix,
  ],
  // A header: the kind of it stays.
  [
    /(\bauthorization["']?[ \t]{0,4}[:=][ \t]{0,4}["']?)(?:[a-z]{1,20}[ \t]{1,4})?[^\s"',;]+/gi,
    afterPrefix,
  ],
  [/(\b(?:bearer|negotiate)[ \t]{1,4})[a-z0-9._~+/=-]{8,}/gi, afterPrefix],
  [/(\bbasic[ \t]{1,4})(?=[a-z0-9+/]{0,200}[A-Z0-9=])[A-Za-z0-9+/]{8,}={0,2}/g, afterPrefix],
  // name = value, "name": "value", --name value, and the properties of Spark and Hadoop: name value.
  [
    new RegExp(
      `(${secretName}[\\w.-]{0,40}["']?[ \\t]{0,4}[=:][ \\t]{0,4})("[^"\\n]*"|'[^'\\n]*'|[^\\s"',;}&]+)`,
      'gi',
    ),
    (all, prefix = '', value = '') => {
      const quote = /^["']/.exec(value)?.[0] ?? '';
      const bare = quote === '' ? value : value.slice(1, -1);
      if (bare === '' || harmless.test(bare) || bare.includes(gone)) return all;
      return `${prefix}${quote}${gone}${quote}`;
    },
  ],
  [
    new RegExp(`(--?(?:[a-z0-9]{1,20}-){0,4}${secretName}[ \\t]{1,20})(\\S+)`, 'gi'),
    unlessHarmless,
  ],
  [new RegExp(`(\\.${secretName}(?:\\.key)?[ \\t]{1,40})(\\S+)`, 'gi'), unlessHarmless],
  // Keys and tokens that look like nothing else: AWS, GitHub, GitLab, Slack, npm, PyPI, Hugging Face, Databricks, Google, JSON Web Tokens.
  [/\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g, whole],
  [/\b(?:FwoG|FQoG|IQoJ|AgoG|AQoD)[A-Za-z0-9+/=]{40,}/g, whole],
  [/\bgh[pousr]_[A-Za-z0-9]{16,}/g, whole],
  [/\bgithub_pat_[A-Za-z0-9_]{16,}/g, whole],
  [/\b(?:glpat-|xox[abeoprs]-|npm_|pypi-|hf_|dapi|sk-|AIza)[A-Za-z0-9_-]{20,}/g, whole],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g, whole],
];

/**
 * A text without what must not be given away: values that are known to be secret, keys, passwords and tokens of the usual shapes, and
 * private keys, also those of which a log has only one end.
 *
 * @param secrets values that are known to be secret
 */
export function redact(text: string, secrets: readonly string[]): string {
  const known = secrets
    .filter((secret) => secret.length >= 8)
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .reduce((rest, secret) => rest.replaceAll(secret, gone), text);
  return shapes.reduce(
    (rest, [pattern, replacement]) => rest.replace(pattern, replacement),
    withoutKeys(known),
  );
}

const keyMark = /-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?:-----)?/g;

/** Takes out private keys: what is between their marks, and where one of these is cut off, as far as it looks like a key. */
function withoutKeys(text: string): string {
  let kept = '';
  let start = 0;
  let inside = false;
  for (const mark of text.matchAll(keyMark)) {
    const before = text.slice(start, mark.index);
    start = mark.index + mark[0].length;
    const begins = mark[1] === 'BEGIN';
    if (begins) kept += inside ? behindKey(before) : before;
    else if (!inside) kept += beforeKey(before);
    if (begins || !inside) kept += gone;
    inside = begins;
  }
  const rest = text.slice(start);
  return withoutKeyLines(kept + (inside ? behindKey(rest) : rest));
}

const keyHeader = /^(?:Proc-Type|DEK-Info): /;

/** What follows a key that begins and doesn't end: lines of one word are its. */
function behindKey(text: string): string {
  // In JSON its lines' ends are written out.
  const [first = '', ...lines] = text.replace(/^(?:\\[nr]|[A-Za-z0-9+/=])*/, '').split('\n');
  if (first.trim() !== '') return [first, ...lines].join('\n');
  const end = lines.findIndex(
    (line) => !/^\s*[A-Za-z0-9+/=]*\s*$/.test(line) && !keyHeader.test(line),
  );
  return end < 0 ? '' : `\n${lines.slice(end).join('\n')}`;
}

/** What is before the end of a key whose beginning is cut off. */
function beforeKey(text: string): string {
  let end = text.length;
  while (end > 0 && /[A-Za-z0-9+/=\\]/.test(text.charAt(end - 1))) end -= 1;
  const lines = text.slice(0, end).split('\n');
  if (lines.at(-1)?.trim() !== '') return lines.join('\n');
  lines.pop();
  while (lines.length > 0 && /^\s*[A-Za-z0-9+/]{16,}={0,2}\s*$/.test(lines.at(-1) ?? ''))
    lines.pop();
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Takes out three whole lines and more of nothing but base64: the middle of a key, or of something that nobody needs to read. */
function withoutKeyLines(text: string): string {
  const kept: string[] = [];
  let run: string[] = [];
  const flush = (): void => {
    if (run.length >= 3) kept.push(gone);
    else kept.push(...run);
    run = [];
  };
  for (const line of text.split('\n')) {
    if (/^\s*[A-Za-z0-9+/]{60,76}={0,2}\s*$/.test(line)) {
      run.push(line);
      continue;
    }
    // The last line of such a block is shorter.
    if (run.length >= 3 && /^\s*[A-Za-z0-9+/]{1,76}={0,2}\s*$/.test(line)) continue;
    flush();
    kept.push(line);
  }
  flush();
  return kept.join('\n');
}
