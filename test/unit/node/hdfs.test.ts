import { describe, expect, it } from 'vitest';
import { bootstrapScript } from '../../../src/node/bootstrap/bootstrap.ts';
import {
  hdfsExcludeFile,
  hdfsTemplates,
  parseConfiguredReplication,
  parseHdfsStatus,
  parseHighestReplication,
} from '../../../src/node/services/hdfs.ts';
import { nodeSettings } from './node-settings.ts';

describe('HDFS', () => {
  it('reads what a NameNode says', () => {
    // Of Hadoop 3.4.2, shortened.
    const page = {
      beans: [
        {
          name: 'Hadoop:service=NameNode,name=NameNodeInfo',
          Safemode: '',
          TotalBlocks: 5,
          NumberOfMissingBlocks: 0,
          LiveNodes:
            '{"10.0.0.3:9866":{"infoAddr":"10.0.0.3:9864","xferaddr":"10.0.0.3:9866","adminState":"Decommission In Progress","used":3048047,"remaining":77926518784,"numBlocks":4,"lastContact":2},"10.0.0.2:9866":{"xferaddr":"10.0.0.2:9866","adminState":"Decommissioned"},"10.0.0.4:9866":{"xferaddr":"10.0.0.4:9866","adminState":"In Service"}}',
          DecomNodes: '{"10.0.0.3:9866":{"xferaddr":"10.0.0.3:9866","underReplicatedBlocks":1}}',
        },
        { name: 'Hadoop:service=NameNode,name=FSNamesystemState', UnderReplicatedBlocks: 2 },
      ],
    };
    expect(parseHdfsStatus(JSON.stringify(page))).toEqual({
      safeMode: null,
      dataNodes: [
        {
          address: '10.0.0.3',
          state: 'leaving',
          usedBytes: 3048047,
          freeBytes: 77926518784,
          blocks: 4,
          blocksToMove: 1,
          silentSeconds: 2,
        },
        expect.objectContaining({ address: '10.0.0.2', state: 'empty' }),
        expect.objectContaining({ address: '10.0.0.4', state: 'in service' }),
      ],
      blocks: 5,
      missingBlocks: 0,
      underReplicatedBlocks: 2,
    });
    expect(
      parseHdfsStatus(
        '{"beans":[{"name":"Hadoop:service=NameNode,name=NameNodeInfo","Safemode":"Safe mode is ON. It was turned on manually.","LiveNodes":"{}"}]}',
      ),
    ).toMatchObject({ safeMode: 'Safe mode is ON. It was turned on manually.', dataNodes: [] });
    expect(parseHdfsStatus('{"beans":[]}')).toBeUndefined();
  });

  it('reads how many copies there are to be', () => {
    const conf =
      '<?xml version="1.0"?><configuration>\n<property><name>dfs.replication</name><value>2</value></property>\n</configuration>';
    expect(parseConfiguredReplication(conf)).toBe(2);
    expect(parseConfiguredReplication('<configuration/>')).toBeUndefined();
    const files = [
      'FSCK started by hdfs (auth:SIMPLE) from /10.0.0.1 for path / at Thu Nov 26 08:07:27 UTC 2026',
      '/ <dir>',
      '/empty 0 bytes, replicated: replication=7, 0 block(s):  OK',
      '/a 3000000 bytes, replicated: replication=2, 1 block(s):  OK',
      '/b 3000000 bytes, replicated: replication=1, 12 block(s):  OK',
      ' Average block replication:\t2.0',
    ];
    expect(parseHighestReplication(files.join('\n'))).toBe(2);
    expect(parseHighestReplication('/ <dir>')).toBe(0);
  });

  it('is in the bootstrap only where it is asked for', () => {
    const hdfs = { version: '3.3.6', sources: [], sha512: null, replication: 2 };
    expect(bootstrapScript(nodeSettings())).not.toContain('put hdfs');
    const script = bootstrapScript(nodeSettings({ hdfs }));
    // The node asks for a part of what the client will ask for.
    expect(script).toContain(
      `page_has "$HDFS_UI_PORT" '/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo'`,
    );
    for (const [name, text] of hdfsTemplates(2, {})) {
      expect(script).toContain(`put ${name} 600`);
      expect(script).toContain(text);
    }
    // The NameNode doesn't start without it.
    expect(script).toContain(`touch ${hdfsExcludeFile}`);
    expect(hdfsTemplates(2, {})[1]?.[1]).toContain(hdfsExcludeFile);
    expect(hdfsTemplates(2, {})[1]?.[1]).toContain(
      '<property><name>dfs.replication</name><value>2</value></property>',
    );
  });
});
