import type { ServiceProperties } from '../model/software/properties.ts';

/** Where an archive comes from. */
export interface ArchiveSource {
  /** `http(s)`, `s3` (fetched with the node's instance profile) or `file`. */
  readonly url: string;
  /**
   * Who fetches it: `direct`, every node for itself (a CDN, S3, a mirror); `via-master`, the master alone, from whom the workers get
   * it: for servers that don't bear a whole cluster at once, such as archive.apache.org.
   */
  readonly fetch: 'direct' | 'via-master';
}

/** A release to install. */
export interface Software {
  readonly version: string;
  /** In the order in which they are tried; at least one. */
  readonly sources: readonly ArchiveSource[];
  /** SHA-512 of the archive in hexadecimal; `null`: what stands beside the archive as `<url>.sha512`, if anything. */
  readonly sha512: string | null;
}

/** All that the nodes of one request to EC2 need to know to build themselves: the same for each of them. */
export interface NodeSettings {
  /** The cluster's name. */
  readonly cluster: string;
  /** `<UTC start>-<random>`; letters, digits, `.`, `_` and `-`. */
  readonly launchId: string;
  /** `by-index`: the node with launch index 0 is the master. Only true of a launch's first request: an index is unique within one only. */
  readonly role: 'by-index' | 'worker' | 'master';
  /** The master's private address; `null`: workers find it in their own tag `flintrock-master`, in instance metadata. */
  readonly masterAddress: string | null;
  /** How the launch makes its nodes, as JSON, for clients that add some later. Nodes don't read it. */
  readonly record: string;
  /** The cluster's secret: {@link makeClusterSecret}. */
  readonly secret: string;
  /** The master's host key: {@link makeSshKey}. Workers make their own. */
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
  /** A public key, one line, that lets the client in; `null` if EC2's key pair does. */
  readonly authorizedKey: string | null;
  /** Who logs in, such as `ec2-user`. */
  readonly loginUser: string;
  /** Port of the beacon on the master's private address. */
  readonly beaconPort: number;
  /** How many EBS volumes each node has for Spark's and HDFS's files beside the root volume. */
  readonly extraVolumes: number;
  /** The proxy by which nodes download; `null` for none. There is no password in it: every node's users can read it. */
  readonly httpProxy: string | null;
  /** A node switches itself off after so many seconds without a sign of life from a client that hasn't finished the launch. */
  readonly deadManSeconds: number;
  /** How long the cluster lives by itself, in seconds or by what it costs; `null` for ever. */
  readonly lifetime: {
    /** Without work. */
    readonly idleSeconds: number | null;
    /** Since its launch, or since it was last started again. */
    readonly longestSeconds: number | null;
    /** What it may cost since then, and what it costs an hour as long as nobody knows better, in US dollars; `null` for no limit. */
    readonly cost: { readonly limit: number; readonly perHour: number } | null;
  };
  /** Major versions of Java that will do, both ends included; or the one that was asked for. */
  readonly java: { readonly min: number; readonly max: number; readonly asked: number | null };
  /** Versions of Python 3 that PySpark supports, such as `3.10`, both ends included. */
  readonly python: {
    readonly min: string;
    readonly max: string;
    /** The only one that will do, which is a reason to fail; `null` if it is none. */
    readonly asked: string | null;
    /** What is installed for it, as requirements for pip; one that can't be had is a reason to fail. */
    readonly packages: readonly string[];
    /** Where packages come from; `null` for what pip has by itself. */
    readonly packageIndex: string | null;
  };
  /** `null` installs no Spark. */
  readonly spark:
    | (Software & {
        /** How many executors share a worker; `null`: as {@link defaultExecutors} has it. */
        readonly executorsPerWorker: number | null;
        /** Where Maven artifacts of `--packages` come from; `null` for Spark's own defaults. */
        readonly mavenRepository: string | null;
        /** Where event logs are, if not on the master: a path on S3. */
        readonly eventLogFolder?: string | undefined;
      })
    | null;
  /** What the user puts into the configuration files of Spark and Hadoop. Every node's users can read it. */
  readonly configuration: ServiceProperties;
  /** Hadoop's release for HDFS; `null` installs none. */
  readonly hdfs:
    | (Software & {
        /** How many DataNodes keep each block: no more than there are workers. */
        readonly replication: number;
        /** Whether its release is YARN, too. */
        readonly yarn?: boolean | undefined;
      })
    | null;
}
