import * as vscode from 'vscode';
import type { ClusterError } from '../../model/errors.ts';
import type { EngineEvent } from '../../model/events.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import { formatQueryProgress } from '../../text/events.ts';
import { showFailure } from '../ui/failure.ts';
import { command } from '../ui/remedies.ts';
import { showBriefly, showInformation, showWarning, withProgress } from '../ui/window.ts';

/** Tells what happens to a connection: each outage once, and how far queries are. */
export class ConnectionNews {
  #isLost = false;
  /** Queries that run, the newest last, as text. */
  readonly #queries = new Map<string, string>();
  #shown: { report: (text: string) => void; end: () => void } | undefined;

  apply(event: EngineEvent): void {
    switch (event.code) {
      case 'connection.lost':
        if (!this.#isLost)
          void showWarning(
            vscode.l10n.t('The connection to "{0}" was lost. Reconnecting…', event.cluster),
          );
        this.#isLost = true;
        return;
      case 'connection.restored':
        this.#isLost = false;
        this.stop();
        if (event.isNewServer) tellNewServer(event.cluster);
        else
          showBriefly(
            vscode.l10n.t(
              'Reconnected to "{0}" after {1}',
              event.cluster,
              formatMeasuredDuration(event.seconds),
            ),
            'plug',
          );
        return;
      case 'query.progress':
        this.#queries.delete(event.query);
        this.#queries.set(event.query, formatQueryProgress(event, vscode.l10n.t));
        this.#show(event.cluster);
        return;
      case 'query.finished':
        this.#queries.delete(event.query);
        this.#show(event.cluster);
        return;
      default:
        // What else is told is shown elsewhere, or is for the log.
        return;
    }
  }

  /** Tells that a connection is lost for good. */
  end(cluster: string, error: ClusterError): void {
    this.#isLost = false;
    this.stop();
    showFailure(
      vscode.l10n.t('Connecting to "{0}"', cluster),
      error,
      command(vscode.l10n.t('Switch Cluster…'), 'flintrock.cluster.switchAttached'),
      command(vscode.l10n.t('Detach'), 'flintrock.cluster.detach'),
    );
  }

  /** No query runs any more. */
  stop(): void {
    this.#queries.clear();
    this.#shown?.end();
    this.#shown = undefined;
  }

  #show(cluster: string): void {
    const text = [...this.#queries.values()].at(-1);
    if (text === undefined) {
      this.stop();
      return;
    }
    if (this.#shown === undefined) {
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      let report: (text: string) => void = () => undefined;
      void withProgress({ location: 'window', title: cluster }, (to) => {
        report = to;
        return ended;
      });
      this.#shown = { report: (message) => report(message), end };
    }
    this.#shown.report(text);
  }
}

/** Says that sessions of before are gone: before somebody finds out. */
export function tellNewServer(cluster: string): void {
  void showInformation(
    vscode.l10n.t(
      'Connected to a new Spark Connect server of "{0}". Create a new Spark session, or restart the kernel.',
      cluster,
    ),
  );
}
