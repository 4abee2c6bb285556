import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import type { NodeSettings } from '../settings.ts';
import { bootstrapScript } from './bootstrap.ts';

/** The most that EC2 takes, in bytes before base64 (EC2 User Guide, "Run commands when you launch an EC2 instance"). */
export const userDataLimit = 16_384;

/** How user data begins, and the type that cloud-init gives it by that (`INCLUSION_TYPES_MAP` in its `handlers/__init__.py`). */
const typesByStart: readonly (readonly [start: string, type: string])[] = [
  ['#!', 'text/x-shellscript'],
  ['#cloud-config', 'text/cloud-config'],
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config-jsonp', 'text/cloud-config-jsonp'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#include', 'text/x-include-url'],
  ['#include-once', 'text/x-include-once-url'],
  ['#part-handler', 'text/part-handler'],
  ['## template: jinja', 'text/jinja2'],
];

/** Larger than any user data that EC2 takes once it is packed: what unpacks to more is an attack, or no user data. */
const unpackedLimit = 4 * 1024 * 1024;

/**
 * The user data of nodes: a compressed MIME document (cloud-init's "multi-part archive") of the bootstrap, the host key, and the
 * user's own part, whose type is kept.
 *
 * The bootstrap is a boothook: cloud-init runs it at every boot, before the packages, commands and scripts of the own part.
 *
 * Where the own part needs the room, the beacon's programs are left out: see {@link provideCommand}.
 *
 * @param own the user's own user data, in any of cloud-init's formats, or `null`
 * @returns bytes for EC2, which wants them in base64
 * @throws ClusterError `USER_DATA_INVALID`, `USER_DATA_TOO_LARGE`
 */
export function buildUserData(settings: NodeSettings, own: Uint8Array | null): Uint8Array {
  // Last, so that it has the last word on the host key, by which the client knows the nodes.
  const config = part('text/cloud-config', cloudConfig(settings));
  const parts = own === null ? [] : ownParts(own);
  const build = (withBeacon: boolean, theirs: readonly string[]): Buffer =>
    pack([
      part('text/cloud-boothook', bootstrapScript(settings, { withBeacon, givesHostKey: true })),
      ...theirs,
      config,
    ]);
  // The one thing that the client can bring later: it is on the master only, and needs the client anyway.
  for (const withBeacon of [true, false]) {
    const all = build(withBeacon, parts);
    if (all.length <= userDataLimit) return all;
  }
  const bare = pack([
    part(
      'text/cloud-boothook',
      bootstrapScript(
        { ...settings, configuration: {} },
        { withBeacon: false, givesHostKey: true },
      ),
    ),
    config,
  ]).length;
  const room = Math.max(0, userDataLimit - bare);
  const used = build(false, parts).length - bare;
  const files = Object.keys(settings.configuration);
  const subjects = [
    ...(parts.length === 0 ? [] : ['your user data']),
    ...(files.length === 0 ? [] : [`the properties of ${files.join(', ')}`]),
  ];
  const subject = (subjects.join(' and ') || 'the setup of the nodes').replace(/^./, (first) =>
    first.toUpperCase(),
  );
  throw new ClusterError(
    'USER_DATA_TOO_LARGE',
    `${subject} ${subjects.length === 1 && parts.length > 0 ? 'has' : 'have'} ${used} bytes after compression, but only about ${room} of EC2’s limit of ${userDataLimit} bytes are available.`,
    {
      remedies: advice(
        ...(parts.length === 0
          ? []
          : [
              'Let the user data download large content, with a short script or with cloud-init’s #include and a URL.',
            ]),
        ...(files.length === 0
          ? []
          : ['Set properties that only some jobs need when you submit these jobs.']),
      ),
      details: { bytes: used, room, limit: userDataLimit },
    },
  );
}

/**
 * The user's own user data for machines without cloud-init, on which it is run over SSH: a script, compressed or not.
 *
 * @throws ClusterError `USER_DATA_INVALID` if it can't be read, or is something that only cloud-init understands
 */
export function ownScript(own: Uint8Array): string {
  const text = decode(own);
  const type = isMime(text) ? 'multipart' : typeOf(text);
  if (type === 'text/x-shellscript') return text.trimStart();
  throw new ClusterError(
    'USER_DATA_INVALID',
    `Your user data (${type}) can’t be run without cloud-init, which is disabled for this AMI.`,
    {
      remedies: advice(
        'Use a script that begins with #! and its interpreter, or an AMI with cloud-init.',
      ),
    },
  );
}

/** Parts, each with its headers, as one compressed document. */
function pack(parts: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const text of parts) hash.update(text);
  // Nobody can write a part that contains its own hash.
  const boundary = `=flintrock-${hash.digest('hex').slice(0, 32)}`;
  const lines = [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    'MIME-Version: 1.0',
    '',
    ...parts.flatMap((text) => [`--${boundary}`, text]),
    `--${boundary}--`,
    '',
  ];
  return compressUserData(lines.join('\n'));
}

/** A document as small as it gets: how often zlib begins a new block is worth hundreds of bytes where keys stand between words. */
export function compressUserData(text: string): Buffer {
  const tries = [5, 6, 7, 8, 9].map((memLevel) => gzipSync(text, { level: 9, memLevel }));
  return tries.reduce((best, one) => (one.length < best.length ? one : best));
}

function part(type: string, text: string): string {
  // Each byte counts: a part of ASCII needs no more than its type (RFC 2045, 5.2 and 6.1).
  const ascii = /^[\t\n\r -~]*$/.test(text);
  const headers = ascii
    ? [`Content-Type: ${type}`]
    : [
        // cloud-init reads the document as text, so that bytes beyond ASCII would not survive as they are.
        `Content-Type: ${type}; charset="utf-8"`,
        'Content-Transfer-Encoding: quoted-printable',
      ];
  return [...headers, '', ascii ? text : quotedPrintable(text)].join('\n');
}

// RFC 2045, 6.7, without its limit on the length of lines, which matters to mail servers only.
function quotedPrintable(text: string): string {
  const quote = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return text
    .split('\n')
    .map((line) =>
      [...Buffer.from(line)]
        .map((byte) =>
          (byte >= 0x20 && byte <= 0x7e && byte !== 0x3d) || byte === 0x09
            ? String.fromCharCode(byte)
            : quote(byte),
        )
        .join('')
        .replace(/[ \t]$/, (last) => quote(last.charCodeAt(0))),
    )
    .join('\n');
}

/** The user's own user data as parts of ours. */
function ownParts(own: Uint8Array): string[] {
  const text = decode(own);
  if (text.trim() === '') return [];
  if (isMime(text))
    // A document in a document: its headers and parts stay as they are. The line of a mailbox is none of its headers.
    return [text.replace(/^(From .*\r?\n|\s*\n)+/, '')];
  return [part(typeOf(text), text)];
}

// As cloud-init looks for it (`convert_string` in its `user_data.py`).
function isMime(text: string): boolean {
  return text.slice(0, 4096).toLowerCase().includes('mime-version:');
}

function decode(own: Uint8Array): string {
  let bytes = Buffer.from(own);
  try {
    // cloud-init unpacks once; a user who packs twice means it.
    for (let depth = 0; depth < 2 && bytes[0] === 0x1f && bytes[1] === 0x8b; depth += 1)
      bytes = gunzipSync(bytes, { maxOutputLength: unpackedLimit });
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const reason = bytes[0] === 0x1f ? 'it can’t be decompressed' : 'it is not UTF-8 text';
    throw new ClusterError('USER_DATA_INVALID', `Your user data can’t be read: ${reason}.`, {
      cause: error,
    });
  }
}

function typeOf(text: string): string {
  const start = text.trimStart();
  const found = typesByStart
    .filter(([word]) => start.toLowerCase().startsWith(word))
    .sort(([a], [b]) => b.length - a.length)[0];
  if (found !== undefined) return found[1];
  const first = (start.split(/\r?\n/)[0] ?? '').slice(0, 40);
  throw new ClusterError(
    'USER_DATA_INVALID',
    `Your user data is in a format that cloud-init doesn’t support: it begins with ${JSON.stringify(first)}.`,
    {
      remedies: advice(
        'Begin a script with #! and its interpreter, such as #!/bin/bash, and a cloud-config file with #cloud-config.',
      ),
    },
  );
}

// Merged into the user's own: lists get longer, the parts of the host key are ours, all else stays theirs. A text of ours
// replaces theirs because the merger of texts doesn't append unless told to (cloud-init's `mergers/m_dict.py` and `m_str.py`).
function cloudConfig({ hostKey, authorizedKey }: NodeSettings): string {
  const lines = [
    '#cloud-config',
    'merge_how:',
    '- {name: list, settings: [append]}',
    '- {name: dict, settings: [recurse_dict, recurse_list, recurse_str]}',
    '- {name: str, settings: []}',
    // Those of the image, which everybody who has it knows.
    'ssh_deletekeys: true',
    'ssh_keys:',
    '  ed25519_private: |',
    ...hostKey.privateKey
      .trim()
      .split('\n')
      .map((line) => `    ${line}`),
    ...(authorizedKey === null
      ? []
      : ['ssh_authorized_keys:', `- ${JSON.stringify(authorizedKey.trim())}`]),
    '',
  ];
  return lines.join('\n');
}
