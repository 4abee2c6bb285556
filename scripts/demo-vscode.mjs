// npm run demo:vscode: the packaged extension in a real VS Code, at an address of this machine, without installing anything by hand.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareVsCode } from '../test/vscode/prepare.mjs';
import { packageExtension, startServer } from '../test/vscode/server.mjs';
import { buildProject, installPackages, requireNode } from './prepare.mjs';

requireNode();
installPackages();
buildProject();
const prepared = prepareVsCode();
if (!prepared.ok) {
  console.error(`VS Code can't be started here: ${prepared.reason}.`);
  process.exit(1);
}

const data = mkdtempSync(join(tmpdir(), 'flintrock-demo-vscode-'));
const work = join(data, 'work');
mkdirSync(work);
writeFileSync(
  join(work, 'flintrock.yaml'),
  `# Open me as a form: "Flintrock: Edit Configuration" in the palette.
provider: local
launch:
  num-slaves: 2
providers:
  local:
    worker-memory: 1g
    tags:
      - team,demo
`,
);
writeFileSync(
  join(work, 'count.py'),
  `from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print(spark.range(1_000_000).selectExpr("sum(id)").first())
spark.stop()
`,
);
const server = await startServer({
  vsix: packageExtension(data),
  data,
  env: process.env,
  settings: { 'workbench.startupEditor': 'readme' },
});
console.log(`VS Code with the extension: ${server.url}/?folder=${encodeURIComponent(work)}`);
console.log(
  'It shows your clusters, as the command line does; they keep running when you quit. Press Ctrl-C to quit.',
);
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    void server.stop().then(() => {
      rmSync(data, { recursive: true, force: true, maxRetries: 3 });
      process.exit(0);
    });
  });
