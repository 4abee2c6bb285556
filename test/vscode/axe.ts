import axe from 'axe-core';
import type { FrameLocator } from 'playwright-core';

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** What axe finds in a page that is serious, or worse. */
export async function seriousProblems(page: FrameLocator): Promise<string[]> {
  const { violations } = await page
    .locator('body')
    .evaluate(async (_, script): Promise<AxeResults> => {
      // The page's own policy holds for what is in it, not for the debugger that this is.
      (0, eval)(script);
      const { axe: inPage } = globalThis as unknown as {
        axe: { run: (options: unknown) => Promise<AxeResults> };
      };
      return inPage.run({ resultTypes: ['violations'] });
    }, axe.source);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${html}\n${failureSummary}`),
    );
}
