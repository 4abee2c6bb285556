import * as vscode from 'vscode';
import { english, type Translate } from '../../text/translate.ts';
import { StatusItem } from '../ui/window.ts';
import type { Attachment, AttachmentState } from './attachment.ts';
import type { Attachments } from './attachments.ts';
import { localClusterName } from './local-cluster-name.ts';

const icons: Readonly<Record<AttachmentState, string>> = {
  connecting: 'sync~spin',
  connected: 'plug',
  reconnecting: 'sync~spin',
  disconnected: 'debug-disconnect',
};

/** Shows the cluster that the folder is attached to, and nothing where there is none; a click offers others. */
export class AttachmentStatus implements vscode.Disposable {
  readonly #attachments: Attachments;
  readonly #subscription: vscode.Disposable;
  readonly #item = new StatusItem('attachment', () => vscode.l10n.t('Flintrock: Attached Cluster'));

  constructor(attachments: Attachments) {
    this.#attachments = attachments;
    this.#subscription = vscode.Disposable.from(
      attachments.onDidChange(() => this.#show()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#show()),
    );
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }

  #show(): void {
    const { current } = this.#attachments;
    if (current === undefined) this.#item.hide();
    else
      this.#item.show({
        ...attachmentStatus(current, vscode.l10n.t),
        command: 'flintrock.cluster.switchAttached',
      });
  }
}

/** What the status bar says of an attachment. */
export function attachmentStatus(
  { ref, state, folder, environment }: Omit<Attachment, 'session'>,
  translate: Translate = english,
): { readonly icon: string; readonly text: string; readonly tooltip: string } {
  const place = ref.provider === 'local' ? translate('Local machine') : (ref.region ?? 'EC2');
  return {
    icon: icons[state],
    text:
      ref.provider === 'local' && ref.name === localClusterName(folder.uri.fsPath)
        ? translate('This machine')
        : ref.name,
    tooltip: [
      stateText({ state, ref }, folder.name, place, translate),
      `SPARK_REMOTE: ${environment['SPARK_REMOTE'] ?? ''}`,
      translate('Click to switch to another cluster, or to detach.'),
    ].join('\n'),
  };
}

function stateText(
  { state, ref }: Pick<Attachment, 'state' | 'ref'>,
  folder: string,
  place: string,
  translate: Translate,
): string {
  switch (state) {
    case 'connecting':
      return translate(
        'Attaching "{0}" to the Spark cluster "{1}" ({2})…',
        folder,
        ref.name,
        place,
      );
    case 'connected':
      return translate(
        '"{0}" is attached to the Spark cluster "{1}" ({2})',
        folder,
        ref.name,
        place,
      );
    case 'reconnecting':
      return translate('Reconnecting to the Spark cluster "{0}" ({1})…', ref.name, place);
    case 'disconnected':
      return translate('Not connected to the Spark cluster "{0}" ({1})', ref.name, place);
  }
}
