import { extname } from 'node:path';
import type * as vscode from 'vscode';

/** What can be submitted, by the ends of names; the manifest has them in its `when` clauses. */
export const jobExtensions = ['py', 'jar', 'sql', 'ipynb', 'R', 'r'] as const;

/** Whether a file of this machine is one that can be submitted. */
export function isJobFile(uri: vscode.Uri): boolean {
  return (
    uri.scheme === 'file' &&
    jobExtensions.some((extension) => extname(uri.path) === `.${extension}`)
  );
}
