import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, errorOf, type Person } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';

const ec2 = { values: { provider: 'ec2' } } as const;

// As Spark's own processes find them.
const imports =
  'cd /; export PYTHONPATH=$(sed -n "s/^spark.executorEnv.PYTHONPATH //p" /opt/spark/conf/spark-defaults.conf); . /opt/spark/conf/spark-env.sh; "$PYSPARK_PYTHON" -c "import pytz, tzdata; print(pytz.__file__)"';

describe('Python packages of a cluster on EC2', () => {
  inSteps();
  let account: Account;
  let person: Person;
  beforeAll(async () => {
    account = await Account.open();
    await account.reset();
    person = account.person();
  });
  afterAll(() => account.reset());

  const launched = (
    name: string,
    pythonPackages: readonly string[],
    pythonRequirements?: string,
  ): Promise<unknown> =>
    person.open().launch(name, {
      values: person.values({
        pythonPackages,
        pythonRequirements,
        pythonPackageIndex: account.lab.downloads.packages,
      }),
    });

  it('are there on all nodes, also on one that is added later', async () => {
    writeFileSync(
      join(person.home, 'ours.txt'),
      '# Zones\npytz<2000\ntzdata ; python_version > "3"\nnosuch-package; python_version < "3"\n',
    );
    await launched('packaged', ['pytz>=2020'], 'ours.txt');
    await person.open().addWorkers('packaged', 1, ec2);
    const host = new RecordingHost();
    await person.open(host).runCommand('packaged', imports, ec2);
    const path = '/opt/python-packages/pytz/__init__.py';
    expect(host.stdout().trim().split('\n')).toEqual([path, path, path]);
  });

  it('fail a launch, which names the one that can’t be had, and leaves nothing', async () => {
    const error = await errorOf(launched('lacking', ['pytz', 'nosuch-package==1.0']));
    expect(error).toMatchObject({
      code: 'NODE_FAILED',
      message: expect.stringContaining(
        'Python packages: No matching distribution found for nosuch-package==1.0',
      ) as string,
    });
    expect(await account.instances('lacking')).toEqual([]);
  });
});
