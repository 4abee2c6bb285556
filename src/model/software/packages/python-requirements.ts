import { conditionalRequirement, wheelName } from './package-forms.ts';

/**
 * What pip gets for a wheel that a cluster has: its absolute path. The folder is called by what is in it, so that one path is always
 * one content.
 */
const wheelPath = /^\/[^\n'"\\`$]{1,900}\/[0-9a-f]{16}\/([^/]+)$/;

/** Whether a line is one that this program writes: a requirement, or the path of a wheel. */
export function isRequirementLine(line: string): boolean {
  const wheel = wheelPath.exec(line)?.[1];
  return wheel === undefined ? conditionalRequirement.test(line) : wheelName.test(wheel);
}

/** What people are shown of a line: the file name of a wheel, else the line itself. */
export function requirementText(line: string): string {
  return wheelPath.exec(line)?.[1] ?? line;
}

/** The name of the package that a line is about, as pip compares it: `scikit-learn` for `Scikit_Learn==1.7.2`. */
export function requirementName(line: string): string {
  const text = requirementText(line);
  const name = wheelName.exec(text)?.[1] ?? /^[\w.-]*\w/.exec(text)?.[0] ?? text;
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

/** Lines with others beside them, which replace those that are about the same package. */
export function withRequirements(lines: readonly string[], added: readonly string[]): string[] {
  const names = new Set(added.map(requirementName));
  return [...lines.filter((line) => !names.has(requirementName(line))), ...new Set(added)];
}

/** Requirements of a file for pip, or the line that isn’t one, with its number. */
export function readRequirementsFile(
  text: string,
): readonly string[] | { readonly line: number; readonly text: string } {
  const found: string[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim();
    if (line === '') continue;
    const [spec = '', ...condition] = line.split(';');
    const packed = [spec.replaceAll(/\s+/g, ''), ...condition.map((part) => part.trim())].join(';');
    if (!conditionalRequirement.test(packed)) return { line: index + 1, text: line };
    found.push(packed);
  }
  return found;
}
