import { describe, expect, it } from 'vitest';
import { formatPlannedChange } from '../../../src/text/engine/planned-changes.ts';
import { formatStep } from '../../../src/text/engine/steps.ts';
import { formatWait } from '../../../src/text/engine/waits.ts';
import { plannedChanges, stepSubjects, waitSubjects } from '../../helpers/engine-data.ts';

describe('what the engine does is said in words', () => {
  it('for what it waits for', () => {
    expect(waitSubjects.map((subject) => formatWait({ subject }))).toMatchInlineSnapshot(`
      [
        "1 of 1 worker",
        "2 of 3 workers",
        "Spark’s master",
        "the master’s services",
        "HDFS to leave safe mode",
        "the master to run",
        "the master to be set up",
        "SSH on the master",
        "SSH on the master (demo)",
        "process 7, which is also downloading Spark 4.1.4",
      ]
    `);
    expect(formatWait({ reason: '1 of 2 workers' })).toBe('1 of 2 workers');
  });

  it('for its steps', () => {
    expect(stepSubjects.map((subject) => formatStep({ subject }))).toEqual([
      'Unpacking Spark 4.1.4',
      'Installing pandas and pyarrow on 3 nodes',
    ]);
    expect(formatStep({ step: 'Unpacking' })).toBe('Unpacking');
  });

  it('for what a launch would make', () => {
    expect(plannedChanges.map((change) => formatPlannedChange(change))).toMatchInlineSnapshot(`
      [
        "Spark 4.1.4 is downloaded, verified and stored in /1.",
        "2 processes are started under your account: a Spark master and 1 worker, reachable only from this machine.",
        "3 processes are started under your account: a Spark master and 2 workers, reachable only from this machine.",
        "Security group demo is created; it allows SSH from 192.0.2.7/32, and all traffic between the nodes.",
        "Security group demo is recreated, because an unused one exists; it allows SSH from no address, and all traffic between the nodes.",
        "3 m5.large Spot Instances (2 cores, 8 GiB) with AMI ami-1 (demo) are launched in us-east-1, in us-east-1a or us-east-1b.",
        "1 m5.large instance as master and 1 m5.large Spot Instance (2 cores, 8 GiB) as workers with AMI ami-1 (demo) are launched in us-east-1, in us-east-1a or us-east-1b, the master first, because it differs from the workers.",
        "1 m5.large instance as master and 1 m5.large Spot Instance (2 cores, 8 GiB) as workers with AMI ami-1 (demo) are launched in us-east-1, in us-east-1a or us-east-1b, the master first, because tags in instance metadata are disabled.",
        "1 m5.large instance as master and 1 m5.large Spot Instance (2 cores, 8 GiB) as workers with AMI ami-1 (demo) are launched in us-east-1, in us-east-1a or us-east-1b, the master first, because the tag key "team" is not allowed in instance metadata.",
        "1 m5.large instance as master and 1 m5.large Spot Instance (2 cores, 8 GiB) as workers with AMI ami-1 (demo) are launched in us-east-1, in us-east-1a or us-east-1b, the master first, because m5.large shows new tags in instance metadata only after a restart.",
        "If capacity is insufficient, m5.large (spot), then m7g.large is used instead.",
        "If capacity is insufficient, m5.large (spot), then m7g.large is used instead (On-Demand).",
        "If capacity is insufficient, m5.large (spot), then m7g.large is used instead (On-Demand, $0.12/h more).",
        "Each node has an encrypted root volume of 30 GiB gp3 and a public address.",
        "Each node has an encrypted root volume of 30 GiB gp3 and no public address.",
        "Each node has additional encrypted EBS storage of 30 GiB gp3, 6000 IOPS, 250 MiB/s and 30 GiB gp3 for Spark and HDFS, which is deleted with the node.",
        "If the launch is interrupted, the nodes terminate after 15 minutes.",
        "If the launch is interrupted, the nodes stop after 15 minutes; charges for their volumes continue.",
        "The cluster terminates after 30 min idle.",
        "The cluster ends 8 h after it starts: its nodes stop; charges for the volumes of stopped nodes continue.",
        "The cluster ends after 30 min idle, or 8 h after it starts: its Spot Instances terminate and its other nodes stop; charges for the volumes of stopped nodes continue.",
        "A private key for SSH is created and stored on this machine.",
      ]
    `);
  });
});
