import { describe, expect, it } from 'vitest';
import { errorLines } from '../../../src/cli/rendering/errors.ts';
import { paint } from '../../../src/cli/rendering/palette.ts';
import { textWidth } from '../../../src/cli/rendering/width.ts';
import { ClusterError } from '../../../src/model/errors.ts';
import { type Plan, type PlanProblem, refusalOf } from '../../../src/model/plan.ts';

/** An error as it stands on a terminal of so many columns. */
function shown(error: ClusterError | undefined, width: number): string[] {
  if (error === undefined) throw new Error('An error was expected.');
  return errorLines(error, width, []).map((line) => paint(line, false));
}

function problem(message: string, remedy: string): PlanProblem {
  return {
    severity: 'error',
    code: 'PLAN_REFUSED',
    message,
    remedies: [{ text: remedy }],
    key: null,
  };
}

const refused = {
  problems: [
    problem('Spark 2.4.8 is not supported.', 'Use Spark 3.5.9.'),
    problem(
      'The subnet subnet-0123456789abcdef0 has 3 free addresses, but the cluster requires 12 of them.',
      'Choose another subnet.',
    ),
  ],
} as unknown as Plan;

describe('an error on a terminal', () => {
  it('that has several problems is wrapped, each problem apart', () => {
    expect(shown(refusalOf(refused), 50)).toEqual([
      'error: There are 2 problems:',
      '  Spark 2.4.8 is not supported.',
      '  The subnet subnet-0123456789abcdef0 has 3 free',
      '    addresses, but the cluster requires 12 of',
      '    them.',
      '  Use Spark 3.5.9.',
      '  Choose another subnet.',
      '  PLAN_REFUSED',
    ]);
  });

  it('is in unbroken lines where there is no width, as in a log', () => {
    expect(shown(refusalOf(refused), Infinity)[2]).toBe(
      '  The subnet subnet-0123456789abcdef0 has 3 free addresses, but the cluster requires 12 of them.',
    );
  });

  it('shows where a problem of the configuration is as one word', () => {
    const error = new ClusterError('CONFIG_INVALID', 'unused', {
      details: {
        problems: [
          {
            severity: 'error',
            file: '/home/ada/my  clusters/flintrock.yaml',
            line: 12,
            column: 7,
            key: 'launch.num-slaves',
            message: 'launch.num-slaves: "many" is not a whole number of 1 or more.',
            hint: 'Write the number of workers that the cluster is to have, such as 4.',
          },
        ],
      },
    });
    expect(shown(error, 60)).toEqual([
      'error: The configuration has 1 problem:',
      '  /home/ada/my  clusters/flintrock.yaml:12:7: ',
      '    launch.num-slaves: "many" is not a whole number of 1 or',
      '    more.',
      '    Write the number of workers that the cluster is to',
      '      have, such as 4.',
      '  CONFIG_INVALID',
    ]);
  });

  it('never has a line that is wider than the terminal, but for one long word', () => {
    const words = Array.from({ length: 40 }, (_, index) => 'w'.repeat(1 + (index % 9)));
    const error = new ClusterError('CLEANUP_INCOMPLETE', `One\n  ${words.join(' ')}`, {
      details: { left: [words.join(' ')] },
      remedies: [{ text: words.join(' ') }],
    });
    for (let width = 24; width < 90; width += 1)
      for (const line of shown(error, width)) expect(textWidth(line)).toBeLessThanOrEqual(width);
  });
});
