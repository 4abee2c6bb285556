import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defaultName, runFolder } from './control.mjs';
import { sparkVersion } from './prepare.mjs';

/** What can be changed while the lab runs. */
export interface LabSettings {
  /** How long an instance stays `pending`. */
  pendingSeconds: number;
  /** How long after `RunInstances` or `StartInstances` its machine is switched on; sshd answers a second or two later. */
  bootSeconds: number;
  /** How long an instance is `stopping` or `shutting-down`, at least. */
  stoppingSeconds: number;
  /** Added to every API call. */
  apiLatencySeconds: number;
  /** How long after the call that made them instances, groups and tags don't show in what describes them. */
  lagSeconds: number;
  /** How long a package takes that an image doesn't have yet. */
  packageSeconds: number;
  /** Speed of each download; 0 = as fast as it goes. */
  downloadBytesPerSecond: number;
  /** What each host that boots from now on sends at most; 0: no limit. */
  hostBytesPerSecond: number;
  /** Most instances that there can be; `null` = no limit. */
  capacity: number | null;
  /** Blank instance-store disks that hosts booted from now on show in `lsblk`. */
  instanceStoreDisks: number;
  /** `false`: no machines behind instances made from now on. */
  hosts: boolean;
}

/** What is to go wrong with an API call. */
export interface LabFault {
  /** Such as `RunInstances`; `*` = any. */
  action: string;
  /** Absent for all regions. */
  region?: string;
  /** The error's code; without one the call is carried out. */
  code?: string;
  message?: string;
  /** HTTP status of the error, else 400. */
  status?: number;
  /** How often; 1 if not said, `null` = from now on. */
  times?: number | null;
  /** How many calls are let through first. */
  after?: number;
  delaySeconds?: number;
  /** The call is carried out, but the connection is closed without an answer. */
  dropReply?: boolean;
  /** The call is carried out, but the answer is an internal error (HTTP 500). */
  spoilReply?: boolean;
  /** Nothing is ever answered; the call is carried out, or not if there is a `code`. */
  hangReply?: boolean;
  /** With `RunInstances`: how long its instances can't be seen. */
  hideForSeconds?: number;
  /** By which actions: DescribeInstances and DescribeInstanceStatus if not said. */
  hideFrom?: string[];
}

/** What is to go wrong with a download. */
export interface DownloadFault {
  /** A regular expression. */
  path: string;
  /** Address of a host; else any. */
  client?: string;
  times?: number | null;
  after?: number;
  status?: number;
  /** The connection ends after so many bytes. */
  truncateAt?: number;
  /** One byte is wrong (of a checksum file: the sum). */
  corrupt?: boolean;
  /** After so many bytes nothing more comes. */
  hangAt?: number;
  /** It redirects to itself. */
  loop?: boolean;
}

/** What is to go wrong with a question to the metadata service. */
export interface MetadataFault {
  /** A regular expression: what the nodes of a cluster ask begins with `/latest/`, what cloud-init asks with a date. */
  path: string;
  /** Address of a host; else any. */
  client?: string;
  times?: number | null;
  after?: number;
  status?: number;
  delaySeconds?: number;
}

/** An API call as the lab saw it. */
export interface LabCall {
  time: number;
  service: string;
  action: string;
  /** HTTP status, `null` of a dropped reply. */
  status: number | null;
  /** The error's code. */
  error: string | null;
  ms: number;
  region: string | null;
  agent: string;
  /** The form's fields (`TagSpecification.1.Tag.1.Key`), or the JSON. */
  params: Record<string, unknown>;
  /** The tags that the resources which it changes had before it, by id. */
  resourceTags: Record<string, Record<string, string>>;
}

/** A request to the download server. */
export interface LabDownload {
  time: number;
  path: string;
  client: string;
  method: string;
  status: number;
  /** How many bytes were sent. */
  bytes: number;
}

/** A host of the lab. */
export interface LabHost {
  index: number;
  privateAddress: string;
  publicAddress: string | null;
  /** EC2's state. */
  state: string;
  /** Whether its machine is on. */
  running: boolean;
}

/** How a program inside a host ended. */
export interface HostOutput {
  status: number;
  stdout: string;
  stderr: string;
}

/** A request to S3. */
export interface S3Request {
  method: string;
  /** Bucket and key. */
  path: string;
  query: string;
  client: string;
  /** Id of the access key that it was signed with. */
  key: string;
}

/** Prices in US dollars. */
export interface LabPrices {
  /** An hour of each type. */
  instances: Record<string, number>;
  /** An hour of a type on the spot market; of others a share of their price. */
  spot: Record<string, number>;
  /** A month of a gigabyte. */
  gp3: number;
  /** An hour of a public address. */
  publicIpv4: number;
}

/** The running lab, as a test sees it. */
export class Lab {
  readonly endpoint = 'http://127.0.0.1:5000';
  /** Address that hosts see of a client that connects to their public address. */
  readonly clientAddress = '127.30.255.254';
  /** The key pair `lab`, which EC2 knows. */
  readonly keyPair = { name: 'lab', privateKeyFile: join(runFolder(labName()), 'key.pem') };
  readonly sparkVersion = sparkVersion;
  /** Where Spark is served as by a mirror of Apache's: `<root>/spark/spark-4.1.4/spark-4.1.4-bin-hadoop3.tgz`, and `.sha512`. */
  readonly downloads = {
    root: 'http://127.20.255.254:8000',
    full: 'http://127.20.255.254:8000/full',
    light: 'http://127.20.255.254:8000/light',
    /** A Maven repository with Delta Lake, Apache Iceberg, S3’s libraries and `org.postgresql:postgresql:42.7.4`. */
    maven: 'http://127.20.255.254:8000/maven',
    /** A package index for pip, with what nodes need for clients of Spark Connect. */
    packages: 'http://127.20.255.254:8000/simple/',
  };

  /** S3, as hosts reach it: for the credentials of their instance profile, but for buckets whose name begins with `denied-`. */
  readonly s3Endpoint = 'http://127.20.255.254:9000';

  /** What a client's environment needs. */
  readonly env = {
    AWS_ENDPOINT_URL: this.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'lab',
    AWS_SECRET_ACCESS_KEY: 'lab',
    AWS_EC2_METADATA_DISABLED: 'true',
    FLINTROCK_CLIENT_ADDRESS: this.clientAddress,
  };

  /** Changes settings; the others stay. Gives all of them. */
  async settings(changes: Partial<LabSettings> = {}): Promise<LabSettings> {
    return this.#post('settings', changes);
  }

  /** Replaces all faults of the API. */
  async faults(faults: LabFault[]): Promise<void> {
    await this.#post('faults', faults);
  }

  /** Adds faults to one region, whatever happens in others. */
  async faultsIn(region: string, faults: LabFault[]): Promise<void> {
    await this.#post(
      'faults/add',
      faults.map((fault) => ({ ...fault, region })),
    );
  }

  async clearFaultsIn(region: string): Promise<void> {
    await this.#post('faults/clear', { region });
  }

  async clearFaults(): Promise<void> {
    await this.faults([]);
    await this.downloadFaults([]);
    await this.metadataFaults([]);
  }

  /** API calls since the last reset, in the order in which they came. */
  async calls(): Promise<LabCall[]> {
    return this.#get('calls');
  }

  /** Forgets API calls, and what was asked of the metadata service. */
  async resetCalls(): Promise<void> {
    await this.#post('calls/reset', {});
  }

  /** Instances that aren't terminated, by id. */
  async hosts(): Promise<Record<string, LabHost>> {
    return this.#get('hosts');
  }

  /** What hosts asked of the metadata service: how often (`GET 200`), and each request. */
  async metadata(): Promise<{
    counts: Record<string, number>;
    requests: { time: number; id: string | null; method: string; path: string; status: number }[];
  }> {
    return this.#get('imds');
  }

  /** Runs a command line in a host as root, with bash. */
  async exec(id: string, command: string, seconds = 60): Promise<HostOutput> {
    return this.#post('exec', { id, command, seconds });
  }

  /** All that a host has written to its console. */
  async console(id: string): Promise<string> {
    return (await this.#get<{ text: string }>(`console?id=${id}`)).text;
  }

  /** Gives a spot instance notice, and takes it away `seconds` later. */
  async interrupt(id: string, seconds: number): Promise<void> {
    await this.#post('interrupt', { id, seconds });
  }

  /** Changes prices; the others stay. Gives all of them. */
  async prices(changes: Partial<LabPrices> = {}): Promise<LabPrices> {
    return this.#post('prices', changes);
  }

  /** Replaces all faults of the download server. */
  async downloadFaults(faults: DownloadFault[]): Promise<void> {
    await this.#post('downloads/faults', faults);
  }

  /** Replaces all faults of the metadata service. */
  async metadataFaults(faults: MetadataFault[]): Promise<void> {
    await this.#post('imds/faults', faults);
  }

  /** Requests to S3 since the last reset. */
  async s3Requests(): Promise<S3Request[]> {
    return this.#get('s3');
  }

  /** Requests to the download server since the last reset. */
  async downloadRequests(): Promise<LabDownload[]> {
    return this.#get('downloads');
  }

  /** Serves a file of a test's own below {@link downloads}`.root`. Gives its address. */
  async serve(path: string, content: string | Uint8Array): Promise<string> {
    const file = join(runFolder(labName()), 'files', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return `${this.downloads.root}/${path}`;
  }

  /** Ends all hosts at once and forgets everything: instances, groups, keys but the lab's, faults, calls, settings, prices. */
  async reset(): Promise<void> {
    await this.#post('reset', {});
  }

  async #get<T>(path: string): Promise<T> {
    return read(await fetch(`${this.endpoint}/lab/${path}`));
  }

  async #post<T>(path: string, body: unknown): Promise<T> {
    return read(
      await fetch(`${this.endpoint}/lab/${path}`, { method: 'POST', body: JSON.stringify(body) }),
    );
  }
}

/**
 * Attaches to the running lab. The caller must be in the lab's network namespace, as the suite `lab` of `npm test` is.
 */
export async function openLab(): Promise<Lab> {
  const lab = new Lab();
  try {
    await lab.settings();
  } catch (error) {
    throw new Error(
      `There is no lab in this network namespace: run "npm test -- lab", or see "npm run lab".`,
      { cause: error },
    );
  }
  return lab;
}

function labName(): string {
  return process.env['FLINTROCK_LAB'] ?? defaultName;
}

async function read<T>(reply: Response): Promise<T> {
  const answer = (await reply.json()) as T & { error?: string };
  if (!reply.ok) throw new Error(answer.error ?? `the lab answered ${reply.status}`);
  return answer;
}
