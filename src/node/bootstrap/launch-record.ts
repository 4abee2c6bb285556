import { gunzipSync, gzipSync } from 'node:zlib';
import { readServiceProperties, type ServiceProperties } from '../../model/software/properties.ts';

/** Before the record of a launch, in a comment of the bootstrap. */
const mark = '# Launched by: ';

/** Before what the user put into configuration files. */
const configurationMark = '# Configured with: ';

/** User data that unpacks to more is none of ours. */
const unpackedLimit = 1024 * 1024;

/**
 * The record of a launch as a line of a shell script. It survives quoted-printable, which cloud-init's documents use beyond ASCII: it
 * is made of printable ASCII without "=".
 *
 * @param record JSON
 */
export function recordLine(record: string): string {
  return `${mark}${printable(record)}\n`;
}

/** The configuration of a launch as a line beside its record, for clients that tell of it; empty if there is none. */
export function configurationLine(configuration: ServiceProperties): string {
  return Object.keys(configuration).length === 0
    ? ''
    : `${configurationMark}${printable(JSON.stringify(configuration))}\n`;
}

function printable(json: string): string {
  return json.replaceAll(
    /[=\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** User data that is nothing but a record, for images that don't run it. */
export function recordUserData(record: string, configuration: ServiceProperties): Uint8Array {
  return gzipSync(`#!/bin/sh\n${recordLine(record)}${configurationLine(configuration)}`, {
    level: 9,
  });
}

/**
 * The record in a node's user data, as JSON.
 *
 * @returns `undefined` if there is none
 */
export function readRecord(userData: Uint8Array): string | undefined {
  return linesOf(userData)[0];
}

/** What the user put into configuration files, by a node's user data; `undefined` if it can't be read. */
export function readConfiguration(userData: Uint8Array): ServiceProperties | undefined {
  const [record, next] = linesOf(userData);
  if (record === undefined) return undefined;
  if (next?.startsWith(configurationMark) !== true) return {};
  try {
    return readServiceProperties(JSON.parse(next.slice(configurationMark.length)));
  } catch {
    return undefined;
  }
}

/** The record, and the line that follows it. */
function linesOf(userData: Uint8Array): string[] {
  try {
    const text = gunzipSync(userData, { maxOutputLength: unpackedLimit }).toString('utf8');
    // The first one counts: what follows may be the user's own.
    const start = text.indexOf(`\n${mark}`);
    return start === -1 ? [] : text.slice(start + 1 + mark.length).split('\n', 2);
  } catch {
    return [];
  }
}
