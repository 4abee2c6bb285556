import { expect, it } from 'vitest';
import { utf8Locale } from '../../../src/base/machine/utf8-locale.ts';

it.each([
  [{}, 'linux', { LC_ALL: 'C.UTF-8' }],
  [{}, 'darwin', { LC_ALL: 'en_US.UTF-8' }],
  [{ LANG: '', LC_ALL: '' }, 'linux', { LC_ALL: 'C.UTF-8' }],
  [{ LANG: 'C' }, 'linux', { LC_ALL: 'C.UTF-8' }],
  [{ LANG: 'de_DE.UTF-8', LC_ALL: 'POSIX' }, 'linux', { LC_ALL: 'C.UTF-8' }],
  [{ LANG: 'de_DE.UTF-8' }, 'linux', {}],
  [{ LANG: 'C', LC_CTYPE: 'en_US.UTF-8' }, 'linux', {}],
] as const)('the locale %j on %s becomes %j', (env, platform, added) => {
  expect(utf8Locale({ env, platform })).toEqual(added);
});
