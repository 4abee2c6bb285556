import { it } from 'vitest';
import { buildUserData } from '../../../src/node/bootstrap/user-data.ts';
import { workerUserData } from '../../../src/node/bootstrap/worker-user-data.ts';
import { nodeSettings } from '../node/node-settings.ts';
it('sizes', () => {
  const d = nodeSettings();
  const hdfs = { version: '3.4.2', sources: d.spark!.sources.map(s => ({...s, url: s.url.replace(/spark/g,'hadoop')})), sha512: 'a1b2c3d4'.repeat(16), replication: 3 };
  const cases: Record<string, any> = {
    plain: {}, hdfs: { hdfs }, lifetime: { lifetime: { idleSeconds: 1800, longestSeconds: 28800, cost: null } },
    all: { hdfs, extraVolumes: 2, httpProxy: 'http://proxy:3128', lifetime: { idleSeconds: 1800, longestSeconds: 28800, cost: {limit: 5, perHour: 1} }, python: {...d.python, packages: ['numpy'], packageIndex: 'https://x'}, configuration: {'spark-defaults': {'spark.a':'b'}} },
  };
  for (const [n, c] of Object.entries(cases)) {
    const sizes: number[] = []; let has = true;
    for (let i = 0; i < 7; i++) { const data = buildUserData(nodeSettings(c), null); sizes.push(data.length); has &&= require('node:zlib').gunzipSync(data).toString().includes('BaseHTTPRequestHandler'); }
    sizes.sort((a, b) => a - b);
    console.log('SIZE', n, sizes[0], sizes[3], sizes[6], has);
  }
});
import { bootstrapScript, beaconPrograms } from '../../../src/node/bootstrap/bootstrap.ts';
import { gzipSync } from 'node:zlib';
it('with', () => {
  const t = bootstrapScript(nodeSettings(), {givesHostKey: true});
  require('node:fs').writeFileSync('/tmp/plain.txt', t);
  const s = Array.from({length: 9}, () => Math.min(...[5,6,7,8,9].map(memLevel => gzipSync(bootstrapScript(nodeSettings(), {givesHostKey: true}), {level: 9, memLevel}).length))).sort((a,b)=>a-b);
  console.log('SIZE bootstrap', s[4]);
});
