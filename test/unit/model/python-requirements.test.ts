import { describe, expect, it } from 'vitest';
import { withPackages } from '../../../src/model/software/packages/package-set.ts';
import {
  isRequirementLine,
  readRequirementsFile,
  requirementName,
  withRequirements,
} from '../../../src/model/software/packages/python-requirements.ts';
import { pythonPackagesTag, readClusterTags } from '../../../src/providers/ec2/api/tags.ts';

const wheel = (name: string): string => `/opt/python-wheels/0123456789abcdef/${name}`;

describe('requirements for Python', () => {
  it.each([
    ['Scikit_Learn==1.7.2', 'scikit-learn'],
    ['ruamel.yaml[jinja2]>=0.18,<1', 'ruamel-yaml'],
    ["tomli>=2;python_version < '3.11'", 'tomli'],
    [wheel('Our_Own-1.0.dev3+g12-py3-none-any.whl'), 'our-own'],
  ])('%s are about one package', (line, name) => {
    expect([isRequirementLine(line), requirementName(line)]).toEqual([true, name]);
  });

  it.each([
    '--index-url=https://example.com',
    '-r other.txt',
    'pytz @ https://example.com/pytz.whl',
    'pytz; $(reboot)',
    '/etc/passwd',
    wheel('../../own-1.0-py3-none-any.whl'),
    wheel('own.whl'),
    'pytz\n--pre',
  ])('are not %j', (line) => {
    expect(isRequirementLine(line)).toBe(false);
  });

  it('replace those of the same package', () => {
    expect(
      withRequirements(
        ['pytz', 'our-own==0.9', 'six>=1'],
        [wheel('our_own-1.0-py3-none-any.whl'), 'PyTZ>=2025', 'PyTZ>=2025'],
      ),
    ).toEqual(['six>=1', wheel('our_own-1.0-py3-none-any.whl'), 'PyTZ>=2025']);
  });

  it('are read from a file, without comments and spaces', () => {
    expect(
      readRequirementsFile(
        '# all\r\n\npandas >= 2.2, <3   # for us\ntomli>=2 ; python_version < "3.11"\n',
      ),
    ).toEqual(['pandas>=2.2,<3', 'tomli>=2;python_version < "3.11"']);
    expect(readRequirementsFile('pandas\n--hash=sha256:00\n')).toEqual({
      line: 2,
      text: '--hash=sha256:00',
    });
  });

  it('come back from a tag, in signs that AWS takes', () => {
    const texts = ['pandas>=2.2,<3', 'own-1.0+x-py3-none-any.whl', "tomli>=2;python_version<'3'"];
    const Value = pythonPackagesTag(texts);
    expect(Value).toMatch(/^[\w .:/=+@-]+$/);
    const read = readClusterTags([{ Key: 'flintrock-python-packages', Value }]);
    expect(read.pythonPackages).toEqual(texts);
    const forged = [{ Key: 'flintrock-python-packages', Value: '@1B[2J pytz ../x' }];
    expect(readClusterTags(forged).pythonPackages).toEqual(['pytz']);
  });
});

describe('packages for Spark', () => {
  it('replace other versions of the same library', () => {
    const set = { tables: ['delta' as const], packages: ['a:b_2.13:1', 'https://x.y/z.jar'] };
    expect(withPackages(set, ['a:b_2.13:2', 'https://x.y/z.jar', 'c:d:1'])).toEqual({
      tables: ['delta'],
      packages: ['a:b_2.13:2', 'https://x.y/z.jar', 'c:d:1'],
    });
  });
});
