import { describe, expect, it } from 'vitest';
import type { LaunchRequest } from '../../../src/engine/provider.ts';
import type { PlanProblem } from '../../../src/model/plan.ts';
import { checkHadoopRelease } from '../../../src/node/services/spark-release.ts';
import {
  type NodeSoftware,
  planJava,
  planPython,
} from '../../../src/providers/ec2/plan/software.ts';

interface Asked {
  readonly sparkVersion?: string;
  readonly pythonVersion?: string;
  readonly selected?: string;
  readonly isAmazonLinux?: boolean;
}

function planned({ sparkVersion = '4.1.4', pythonVersion, selected, isAmazonLinux = true }: Asked) {
  const problems: Pick<PlanProblem, 'severity' | 'code' | 'message' | 'remedies'>[] = [];
  const python = { min: '3.10', max: '3.14', asked: null, chosenBy: null };
  const request = {
    values: { sparkVersion, pythonVersion } as LaunchRequest['values'],
    selectedPython: selected === undefined ? undefined : { version: selected, name: '.venv' },
  };
  const result = planPython(
    request,
    { python } as NodeSoftware,
    { isAmazonLinux },
    (severity, code, message, remedies) => problems.push({ severity, code, message, remedies }),
  );
  return { ...result, problems };
}

describe('the Python of nodes', () => {
  it('is the one that was asked for', () => {
    expect(planned({ pythonVersion: '3.12' })).toMatchObject({ asked: '3.12', problems: [] });
    // What other images have, their nodes find out.
    const other = planned({ pythonVersion: '3.10', isAmazonLinux: false });
    expect(other).toMatchObject({ asked: '3.10', problems: [] });
  });

  it('is refused if Spark or the image has no such version, with those that there are', () => {
    const { problems: old } = planned({ pythonVersion: '3.9' });
    expect(old).toMatchObject([
      {
        severity: 'error',
        code: 'PYTHON_NOT_FOUND',
        message: 'Spark 4.1.4 supports Python 3.10 to 3.14, but 3.9 is configured.',
      },
    ]);
    const { problems } = planned({ pythonVersion: '3.10' });
    expect(problems).toMatchObject([
      { severity: 'error', message: 'Amazon Linux 2023 has no Python 3.10.' },
    ]);
    expect(problems[0]?.remedies[0]?.text).toBe('Use one of: 3.11, 3.12, 3.13, 3.14.');
  });

  it('follows the environment of the user where it can be had, and never fails for it', () => {
    expect(planned({ selected: '3.12.4' })).toMatchObject({ asked: '3.12', chosenBy: '.venv' });
    for (const one of [
      { selected: '3.9.4' },
      { selected: '3.10.4' },
      { selected: '3.12.4', isAmazonLinux: false },
      {},
    ])
      expect(planned(one)).toMatchObject({ asked: null, chosenBy: null, problems: [] });
    const both = planned({ selected: '3.12.4', pythonVersion: '3.13' });
    expect(both).toMatchObject({ asked: '3.13', chosenBy: null });
  });
});

describe('the Java of nodes', () => {
  function planned(values: Partial<LaunchRequest['values']>) {
    const problems: string[] = [];
    const java = planJava(
      {
        values: { sparkVersion: '4.2.1', installHdfs: false, ...values } as LaunchRequest['values'],
      },
      (_, code, message) => problems.push(`${code}: ${message}`),
    );
    return { ...java, problems };
  }

  it('is any that Spark supports, but of 25 only one that was asked for, whose update is recent', () => {
    expect(planned({})).toEqual({ min: 17, max: 24, asked: null, problems: [] });
    expect(planned({ javaVersion: 25 })).toEqual({ min: 17, max: 25, asked: 25, problems: [] });
    expect(planned({ sparkVersion: '3.5.9' })).toMatchObject({ min: 8, max: 17 });
  });

  it('is refused if Spark or HDFS does not run on it', () => {
    expect(planned({ sparkVersion: '4.1.4', javaVersion: 25 }).problems).toEqual([
      'JAVA_NOT_FOUND: Spark 4.1.4 requires Java 17.0.11 to 21, but 25 is configured.',
    ]);
    const hdfs = { installHdfs: true, javaVersion: 25 };
    expect(planned({ ...hdfs, hdfsVersion: '3.4.3' }).problems).toEqual([
      'JAVA_NOT_FOUND: HDFS of Hadoop 3.4.3 does not run on Java 25.',
    ]);
    expect(planned({ ...hdfs, hdfsVersion: '3.5.0' }).problems).toEqual([]);
  });

  it('is 17 to 21 where there is YARN', () => {
    const yarn = { installYarn: true, installHdfs: true, hdfsVersion: '3.5.0' };
    expect(planned(yarn)).toEqual({ min: 17, max: 21, asked: null, problems: [] });
    expect(planned({ ...yarn, sparkVersion: '3.5.9' })).toMatchObject({ min: 17, max: 17 });
    expect(planned({ ...yarn, javaVersion: 21 }).problems).toEqual([]);
    expect(planned({ ...yarn, sparkVersion: '3.5.9', javaVersion: 11 }).problems).toEqual([
      'JAVA_NOT_FOUND: YARN requires Java 17 or 21, but 11 is configured.',
    ]);
    expect(planned({ ...yarn, javaVersion: 25 }).problems).toEqual([
      'JAVA_NOT_FOUND: YARN requires Java 17 or 21, but 25 is configured.',
    ]);
  });
});

describe('the Hadoop of nodes', () => {
  function refused(version: string, yarn: boolean): string[] {
    const problems: string[] = [];
    checkHadoopRelease(version, yarn, (_, code, message) => problems.push(`${code}: ${message}`));
    return problems;
  }

  it('is refused where it is too old for HDFS, or for YARN', () => {
    expect(refused('2.10.2', true)).toEqual([
      'PLAN_REFUSED: HDFS of Hadoop 2.10.2 is not supported.',
    ]);
    expect(refused('3.3.6', false)).toEqual([]);
    expect(refused('3.4.3', true)).toEqual([
      'PLAN_REFUSED: YARN of Hadoop 3.4.3 does not support the Java that Spark requires.',
    ]);
    expect(refused('3.5.0', true)).toEqual([]);
  });
});
