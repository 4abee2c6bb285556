import { gunzipSync, gzipSync } from 'node:zlib';

/** Before the record of a launch, in a comment of the bootstrap. */
const mark = '# Launched by: ';

/** User data that unpacks to more is none of ours. */
const unpackedLimit = 1024 * 1024;

/**
 * The record of a launch as a line of a shell script. It survives quoted-printable, which cloud-init's documents use beyond ASCII: it
 * is made of printable ASCII without "=".
 *
 * @param record JSON
 */
export function recordLine(record: string): string {
  const text = record.replaceAll(
    /[=\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${mark}${text}\n`;
}

/** User data that is nothing but a record, for images that don't run it. */
export function recordUserData(record: string): Uint8Array {
  return gzipSync(`#!/bin/sh\n${recordLine(record)}`, { level: 9 });
}

/**
 * The record in a node's user data, as JSON.
 *
 * @returns `undefined` if there is none
 */
export function readRecord(userData: Uint8Array): string | undefined {
  try {
    const text = gunzipSync(userData, { maxOutputLength: unpackedLimit }).toString('utf8');
    // The first one counts: what follows may be the user's own.
    const start = text.indexOf(`\n${mark}`);
    return start === -1 ? undefined : text.slice(start + 1 + mark.length).split('\n', 1)[0];
  } catch {
    return undefined;
  }
}
