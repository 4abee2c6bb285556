import { inSteps } from '../helpers/steps.ts';
import type { Workbench } from './workbench.ts';

/** Steps in VS Code: see {@link inSteps}. Of the one that fails there are pictures of every window, and of its messages. */
export function inWindows(name: string, code: () => Workbench): void {
  inSteps(async () => {
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
