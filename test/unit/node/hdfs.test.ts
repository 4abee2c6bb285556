import { describe, expect, it } from 'vitest';
import { bootstrapScript } from '../../../src/node/bootstrap.ts';
import { hdfsStatusPath, hdfsTemplates, parseHdfsStatus } from '../../../src/node/services/hdfs.ts';
import { nodeSettings } from './node-settings.ts';

describe('HDFS', () => {
  it('reads what a NameNode says', () => {
    // Of Hadoop 3.3.6, shortened.
    const page = {
      beans: [
        {
          Used: 57052,
          Total: 541106348032,
          Safemode: '',
          LiveNodes:
            '{"10.0.0.3:9866":{"infoAddr":"10.0.0.3:9864","xferaddr":"10.0.0.3:9866","adminState":"In Service"},"10.0.0.2:9866":{"xferaddr":"10.0.0.2:9866"}}',
          DeadNodes: '{"10.0.0.4:9866":{"lastContact":700}}',
        },
      ],
    };
    expect(parseHdfsStatus(JSON.stringify(page))).toEqual({
      safeMode: null,
      liveNodes: ['10.0.0.3', '10.0.0.2'],
      deadNodes: 1,
      totalBytes: 541106348032,
      usedBytes: 57052,
    });
    expect(
      parseHdfsStatus(
        '{"beans":[{"Safemode":"Safe mode is ON. It was turned on manually.","LiveNodes":"{}"}]}',
      ),
    ).toMatchObject({ safeMode: 'Safe mode is ON. It was turned on manually.', liveNodes: [] });
    expect(parseHdfsStatus('{"beans":[]}')).toBeUndefined();
  });

  it('is in the bootstrap only where it is asked for', () => {
    const hdfs = { version: '3.3.6', sources: [], sha512: null, replication: 2 };
    expect(bootstrapScript(nodeSettings())).not.toContain('put hdfs');
    const script = bootstrapScript(nodeSettings({ hdfs }));
    // The node asks what the client will ask.
    expect(script).toContain(`http://$ADDRESS:$HDFS_UI_PORT${hdfsStatusPath}`);
    for (const [name, text] of hdfsTemplates(2)) {
      expect(script).toContain(`put ${name} 600`);
      expect(script).toContain(text);
    }
    expect(hdfsTemplates(2)[1]?.[1]).toContain(
      '<property><name>dfs.replication</name><value>2</value></property>',
    );
  });
});
