import { afterEach, beforeEach } from 'vitest';

/**
 * Makes the tests of a file, or of a `describe`, steps: each goes on where the one before ended, and none is tried after one that
 * failed. The ones behind it are skipped, with its name as the reason.
 *
 * @param onFailure looks at what is there when a step fails
 */
export function inSteps(onFailure: () => Promise<void> = () => Promise.resolve()): void {
  let failed: string | undefined;
  beforeEach((step) => {
    if (failed !== undefined) step.skip(`after "${failed}" failed`);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    failed = task.name;
    await onFailure();
  });
}
