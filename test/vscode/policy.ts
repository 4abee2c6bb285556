import type { FrameLocator } from 'playwright-core';

/** What a page may load and run: its own script and styles, and nothing else. */
export const strictPolicy = [
  "default-src 'none'",
  "script-src 'nonce-…'",
  "style-src OWN 'nonce-…'",
  'font-src OWN',
];

/** The policy of a page, without what is another one each time. */
export async function policyOf(page: FrameLocator): Promise<string[]> {
  const policy = await page
    .locator('meta[http-equiv=Content-Security-Policy]')
    .getAttribute('content');
  return (
    (policy ?? '')
      .replaceAll(/'nonce-[0-9a-f]{32}'/g, "'nonce-…'")
      // VS Code's own source of an extension's files.
      .replaceAll(/'self' https:\/\/[^\s;]+/g, 'OWN')
      .split('; ')
  );
}
