import * as vscode from 'vscode';
import { requireJob } from '../clusters/job-argument.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { followJob } from '../terminals/follow-job.ts';

/** Show Job Log: what a job has printed and prints, in a terminal. */
export async function showJobLog(services: ExtensionServices, argument: unknown): Promise<void> {
  const found = await requireJob(services, argument, {
    title: vscode.l10n.t('Select a job whose log to show'),
    none: vscode.l10n.t('No jobs found.'),
  });
  if (found !== undefined) await followJob(services, found);
}
