import { afterEach, beforeEach } from 'vitest';
import type { Workbench } from './workbench.ts';

/** Makes the tests of a file steps: each goes on where the one before ended, and none is tried after one that failed. */
export function inSteps(name: string, code: () => Workbench): void {
  let broken = false;
  beforeEach((step) => {
    if (broken) step.skip('a step before it failed');
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    broken = true;
    for (const [index, window] of code().windows.entries()) {
      const picture = `failed-${name}${index === 0 ? '' : `-${index + 1}`}`;
      await window.picture(picture);
      if (!(await window.isOpen())) continue;
      // A message that was to be seen may stand there by now, or may have gone after its time.
      await window.run('Notifications: Show Notifications');
      await window.picture(`${picture}-messages`);
    }
  });
}
