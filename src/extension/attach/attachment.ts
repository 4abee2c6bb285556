import type * as vscode from 'vscode';
import type { ConnectSession } from '../../engine/connect/connect-session.ts';
import { clusterKey, type LocatedCluster } from '../clusters/cluster-ref.ts';

/** How a folder's connection is: `disconnected` is for good, until it is attached again. */
export type AttachmentState = 'connecting' | 'connected' | 'reconnecting' | 'disconnected';

/** A workspace folder whose terminals, notebooks and programs use a cluster. */
export interface Attachment {
  readonly folder: vscode.WorkspaceFolder;
  readonly ref: LocatedCluster;
  readonly state: AttachmentState;
  /** What makes Spark's clients use it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The connection, while there is one. */
  readonly session: ConnectSession | undefined;
}

/** Whether an attachment is to this cluster. */
export function isAttachedTo(attachment: Attachment | undefined, ref: LocatedCluster): boolean {
  return attachment !== undefined && clusterKey(attachment.ref) === clusterKey(ref);
}
