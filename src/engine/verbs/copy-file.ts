import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ClusterNode } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { systemFault } from '../../model/system-error.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { onEachNode, targetNodes } from '../support/on-nodes.ts';
import { timed } from '../support/timing.ts';

/** What {@link copyFile} copies: up to the nodes, or down from them. */
export interface CopyFileRequest {
  readonly direction: 'up' | 'down';
  /** Path on this machine; a relative one starts from the current folder. */
  readonly local: string;
  /** Path on the nodes; a relative one starts from the home folder there. */
  readonly remote: string;
}

/** What {@link copyFile} takes. */
export interface CopyFileOptions extends VerbOptions {
  /**
   * Whether to copy to or from the master only.
   * @default false
   */
  readonly masterOnly?: boolean | undefined;
}

/** What was copied. */
export interface CopyFileResult {
  readonly nodes: readonly {
    readonly node: string;
    readonly path: string;
    readonly bytes: number;
  }[];
  readonly seconds: number;
}

/**
 * Copies a file or folder to all nodes, or from them: from several into a folder for each, `LOCAL/<node>/`.
 *
 * @throws ClusterError `FILE_NOT_FOUND`
 */
export async function copyFile(
  engine: Engine,
  name: string,
  request: CopyFileRequest,
  options: CopyFileOptions,
): Promise<CopyFileResult> {
  const local = resolve(engine.surroundings.cwd, request.local);
  if (request.direction === 'up' && !existsSync(local))
    throw new ClusterError('FILE_NOT_FOUND', `File or folder not found: ${local}.`, {
      details: { local },
    });
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  const targets = targetNodes(cluster, options.masterOnly ?? false, 'copying files');
  return timed(
    'copyFile',
    targets.map((node) => node.name),
    context,
    async () => {
      const copy = async (node: ClusterNode): Promise<CopyFileResult['nodes'][number]> => {
        const path = request.direction === 'up' ? request.remote : await localPath(node.name);
        const bytes =
          request.direction === 'up'
            ? await provider.upload(cluster, node, local, request.remote, context)
            : await provider.download(cluster, node, request.remote, path, context);
        context.emit('file.copied', { node: node.name, path, bytes });
        return { node: node.name, path, bytes };
      };
      const nodes = await onEachNode(targets, context.signal, (node) =>
        copy(node).catch((error: unknown) => {
          throw copyError(error, local);
        }),
      );
      return { nodes };
    },
  );

  async function localPath(node: string): Promise<string> {
    if (targets.length === 1) return request.local.endsWith('/') ? `${local}/` : local;
    const folder = join(local, node);
    await mkdir(folder, { recursive: true });
    return `${folder}/`;
  }
}

/** Trouble with files of this machine is about the paths of the call here; what is none stays as it is. */
function copyError(error: unknown, local: string): unknown {
  const fault = systemFault(error);
  if (fault === undefined) return error;
  const { code, reason, path = local, remedies } = fault;
  return new ClusterError(code, `Couldn’t copy ${path}: ${reason}.`, {
    cause: error,
    details: { path },
    remedies: code === 'DISK_FULL' ? remedies : advice('Use a path that you can read and write.'),
  });
}
