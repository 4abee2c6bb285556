import { gunzipSync } from 'node:zlib';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { hasSetting, withSetting } from './ssh-bootstrap.ts';
import { compressUserData, userDataLimit } from './user-data.ts';

/**
 * The user data of a cluster's further workers, made of what its master was launched with: the same secret, keys, software and own
 * part, but a worker's role and the master's address.
 *
 * @param master what the master was launched with, as EC2 has it
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if it isn't ours, `USER_DATA_TOO_LARGE`
 */
export function workerUserData(master: Uint8Array, masterAddress: string): Uint8Array {
  const text = unpack(master);
  const grown = replaced(
    replaced(text, 'FIXED_ROLE', 'worker'),
    'FIXED_MASTER',
    masterAddress,
  ).replace(
    // Only the master needs them.
    /^put (?:beacon|lifetime)\.py 755 <<'(END_OF_FILE_*)'\n[\s\S]*?\n\1\n/gm,
    '',
  );
  const packed = compressUserData(grown);
  if (packed.length <= userDataLimit) return packed;
  throw new ClusterError(
    'USER_DATA_TOO_LARGE',
    `The user data of a new worker would have ${packed.length} bytes, which exceeds EC2’s limit of ${userDataLimit}.`,
    { remedies: advice('Launch a new cluster with smaller user data.') },
  );
}

function unpack(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes).toString('utf8');
  } catch (error) {
    throw notOurs(error);
  }
}

function replaced(text: string, name: string, value: string): string {
  if (!hasSetting(text, name)) throw notOurs(undefined);
  return withSetting(text, name, value);
}

function notOurs(cause: unknown): ClusterError {
  return new ClusterError(
    'CLUSTER_STATE_UNFIT',
    'The master’s user data was replaced and no longer describes how to set up nodes of this cluster.',
    { cause, remedies: advice('Launch a new cluster of the size that you need.') },
  );
}
