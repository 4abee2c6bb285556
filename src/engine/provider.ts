import type { Surroundings } from '../base/surroundings.ts';
import type { OptionValues } from '../config/options/options.ts';
import type { Choice, ChoosableOption } from '../model/choice.ts';
import type {
  Cluster,
  ClusterNode,
  ForeignInstance,
  ProviderKind,
} from '../model/cluster/cluster.ts';
import type { ClusterLifetime, LifetimeExtension } from '../model/cluster/lifetime.ts';
import type { ClusterError } from '../model/errors.ts';
import type { EventCode, EventPayloads, Verb } from '../model/events.ts';
import type { WaitSubject } from '../model/events.ts';
import type { EventLogFile } from '../model/history/event-log.ts';
import type { Question, QuestionAnswers, QuestionCode } from '../model/host.ts';
import type { Job, JobRequest, JobState } from '../model/job.ts';
import type { GrowthPlan, Plan } from '../model/plan.ts';
import type { LoginSession } from '../model/session.ts';
import type { ServiceProperties } from '../model/software/properties.ts';

/** What a provider needs to do a piece of work: where it runs, how to speak, when to stop. */
export interface WorkContext extends Surroundings {
  readonly signal: AbortSignal;
  /** The settled options: for most verbs, where to look and as whom. */
  readonly values: OptionValues;
  /** Asks the host; the cluster's name is filled in. */
  readonly ask: <C extends QuestionCode>(
    question: Omit<Question<C>, 'cluster'>,
  ) => Promise<QuestionAnswers[C]>;
  /** Tells the host; the event's time, cluster and provider are filled in. */
  readonly emit: <C extends EventCode>(code: C, payload: EventPayloads[C]) => void;
}

/** Something that was left behind, and that no cluster needs. */
export interface Leftover {
  /** Name of the cluster that it was of. */
  readonly cluster: string;
  /** What it is, as a whole sentence. */
  readonly message: string;
  /** Removes it; absent if it isn't ours to remove. */
  readonly remove?: () => Promise<void>;
  /** What is deleted by that, by name. */
  readonly deletes?: string;
}

/** Who may reach a cluster from outside, after {@link Provider.authorize}. */
export interface AccessChange {
  /** `false`: it was so already. */
  readonly changed: boolean;
  /** Networks and groups that this client is let in from. */
  readonly admitted: readonly string[];
  /** What this client was let in from before, and isn't any more. */
  readonly removed: readonly string[];
}

/** A cluster that ends by itself one day, and whose master can be told to wait. */
export type LastingCluster = Cluster & {
  readonly master: ClusterNode;
  readonly lifetime: ClusterLifetime;
};

/** A launch that was planned and can be carried out. */
export interface PlannedLaunch {
  readonly plan: Plan;
  /** Gives the launch, which makes nothing yet. */
  readonly begin: (launchId: string) => BegunLaunch;
  /** Where the cluster will be, beside its name; absent where a name is enough to tell clusters apart. */
  readonly place?: Pick<Cluster, 'region' | 'vpcId'>;
}

/** A launch of this client. What only this client knows of it, it holds: the provider remembers nothing of it. */
export interface BegunLaunch {
  /**
   * Makes the cluster and returns when its nodes are building themselves; takes the name (two launches of one name: one wins).
   *
   * @throws ClusterError `CLUSTER_EXISTS` if the name is taken; nothing was made then
   */
  create(context: WorkContext): Promise<PendingNodes | undefined>;
  /** Removes what the launch made and nothing else; gives what it could not remove, in words. */
  sweep(context: WorkContext): Promise<readonly string[]>;
}

/**
 * Nodes that were made and come up: what their maker alone knows of them, for as long as they are waited for. Where there is nothing
 * to know, it is `undefined`.
 */
export interface PendingNodes {
  /** The cluster as {@link Provider.find} sees it, and with those of its nodes that nobody else is shown yet. */
  find(context: WorkContext): Promise<Cluster | undefined>;
  /** As {@link Provider.connect} with `retry`; hears what the nodes report, and sets them up where they don't do so themselves. */
  connect(cluster: Cluster, context: WorkContext): Promise<ClusterConnection>;
}

/** Workers that were made. */
export interface NewWorkers {
  /** Their names by their ids. What a request made is known by its id, and by nothing else. */
  readonly names: ReadonlyMap<string, string>;
  readonly pending?: PendingNodes;
}

/** What a provider is asked to launch. */
export interface LaunchRequest {
  readonly name: string;
  readonly values: OptionValues;
  /** Wheels that all nodes get. */
  readonly wheels: readonly WheelFile[];
  /** Options that the user gave, by library name: they are not to be replaced by a better guess. */
  readonly given: ReadonlySet<string>;
  /** The Python that the user works with, and the name of its environment: nodes get that minor if it isn't said, and can be had. */
  readonly selectedPython?: { readonly version: string; readonly name: string } | undefined;
  /** It ends by itself when this process is gone and no job has run for so long, in seconds, where nothing else would end it. */
  readonly orphanSeconds?: number | undefined;
}

/** Packages that a cluster is to have beside what it has. */
export interface PackageAdditions {
  /** All of them as the user gave them. */
  readonly given: readonly string[];
  /** For Spark: coordinates and URLs. */
  readonly packages: readonly string[];
  /** For Python: requirements. */
  readonly requirements: readonly string[];
  /** For Python: wheels of this machine. */
  readonly wheels: readonly WheelFile[];
}

/** A wheel of this machine. */
export interface WheelFile {
  /** Absolute path. */
  readonly path: string;
  /** Name of the file. */
  readonly name: string;
  /** Name of the folder that it gets where it is kept: 16 hexadecimal digits, of its SHA-256. */
  readonly key: string;
}

/** What came of {@link Provider.install}. */
export interface InstalledPackages {
  /** `false`: all of it was there. */
  readonly changed: boolean;
  /** Ends the server of Spark Connect, which runs and knows nothing of new jars; absent if it doesn’t run, or has all it needs. */
  readonly endConnect?: (() => Promise<void>) | undefined;
}

/** How much of a job's output was passed on, in bytes. */
export type JobPosition = Readonly<Record<OutputStream, number>>;

/** What is done with a job's output. */
export interface JobListener {
  readonly output: OutputListener;
  /** So many bytes of a long output aren't kept. */
  readonly cut: (stream: OutputStream, bytes: number) => void;
}

/** How a job ended. */
export interface JobEnd {
  /** Its own exit code; as a shell counts it (128 + the signal's number) if it was killed. */
  readonly exitCode: number;
  readonly state: JobState;
}

/** A way to a job that runs, or ran, whether or not somebody watches it. */
export interface JobHandle {
  readonly id: string;
  /**
   * Passes the job's output on from a position: until the job ends, or what there is `now`. Resolves with its end, or with `null` if it
   * still runs; rejects with `SSH_UNREACHABLE` if the way to it is lost, and when `signal` aborts.
   */
  follow(listener: JobListener, from: JobPosition, until: 'end' | 'now'): Promise<JobEnd | null>;
  /** Ends the job and everything it started; `false` if it had ended before. */
  cancel(): Promise<boolean>;
  /** Lets go of it: it goes on by itself. */
  close(): Promise<void>;
}

/** A way to what runs inside a cluster. */
export interface ClusterConnection {
  /** Takes in how the cluster looks now: where its nodes are may have changed, and nodes may have come. */
  update(cluster: Cluster): void;
  /** Why it makes no sense to go on waiting: a refused key, a node that failed to build itself; `undefined` while there is hope. */
  readonly failure: ClusterError | undefined;
  /** What is waited for on the way in; `undefined` once it is open. */
  readonly waitingFor: WaitSubject | undefined;
  /**
   * GET of a page of a node's daemon; rejects on anything but 200.
   *
   * @param port of the page; that of Spark's daemon if it isn't said
   */
  get(node: ClusterNode, path: string, signal: AbortSignal, port?: number): Promise<string>;
  /** A cluster with what only its own nodes know beside their services; absent where that is nothing. */
  details?(cluster: Cluster, signal: AbortSignal): Promise<Cluster>;
  /**
   * Whether a node is set up, as far as it has reported: for clusters without a service that would say so. Absent where nodes don't
   * report.
   */
  isSetUp?(node: ClusterNode): boolean;
  /** Tells the nodes that their launch is complete, which their provider has recorded; absent where they needn't know. */
  finish?(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The server of Spark Connect on a master, which listens. */
export interface ConnectServer {
  /** Where it listens, as the master sees it. */
  readonly host: string;
  readonly port: number;
  /** What its clients have to show: a new one with each start of the server. Never logged. */
  readonly token: string;
  /** Version of the Python that runs its clients' functions on the nodes, such as `3.11.7`; `null` if nobody knows. */
  readonly pythonVersion: string | null;
}

/** How a server of Spark Connect is to be, for the case that it is started now. */
export interface ConnectServerRequest {
  /** Spark properties. */
  readonly conf: Readonly<Record<string, string>>;
  /**
   * Absolute path of the interpreter of this machine whose packages the clients' functions use, where nodes are this machine;
   * absent: that of the user's shell.
   */
  readonly python?: string | undefined;
}

/** A `Duplex` of Node's; not called so, as programs that use the library may have no types of Node's. See `asDuplex`. */
export interface ByteStream {
  destroy(): unknown;
  pipe(destination: never): unknown;
}

/** A way to the servers of a master, which carries any number of connections at once. */
export interface Tunnel {
  /** Where the master's web pages are, as the master sees it; `null` if they are pages of this machine already. */
  readonly pagesHost: string | null;
  /** A connection to a port, as the master sees it. */
  forward(host: string, port: number): Promise<ByteStream>;
  /** Makes sure that the server of {@link WebPageId} `history` is on its way; gives its port. */
  serveHistory(): Promise<number>;
  /** Makes sure that the server of Spark Connect listens. */
  serveConnect(request: ConnectServerRequest): Promise<ConnectServer>;
  /** Resolves when the way is gone: closed, or lost. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** The event logs of a cluster’s applications: a folder that is read. What stands in it was written by jobs. */
export interface EventLogFolder {
  /** Its URI, if it doesn’t go with the cluster. */
  readonly remains?: string | undefined;
  /** The files in it, and those in its folders, that have names of Spark’s. */
  list(): Promise<readonly EventLogFile[]>;
  /** The bytes of a file, not more than it was listed with. */
  read(file: EventLogFile): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** A server on this machine that shows event logs, until it is closed. */
export interface SavedHistoryServer {
  readonly port: number;
  /** Resolves when it has ended. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Where a program writes. */
export type OutputStream = 'stdout' | 'stderr';

/** Takes what a program printed, byte for byte; as long as a promise that it gives is pending, no more of it is read. */
export type OutputListener = (stream: OutputStream, bytes: Uint8Array) => Promise<void> | undefined;

/** How to connect: `once` to a cluster that should run, so that a closed way is soon an error; `retry` for one that comes up. */
export type ConnectMode = 'once' | 'retry';

/**
 * The seam between the engine, which decides what happens next to a cluster, and what clusters are made of.
 *
 * Every method may be called from any process, at any time: what a provider knows of a cluster, it reads from the cluster itself.
 */
export interface Provider {
  readonly kind: ProviderKind;
  /** How often its clusters are looked at while something is waited for, in milliseconds. */
  readonly pollMs: number;
  /** What becomes of dead workers: `start` brings them back where they were, or new ones take their place. */
  readonly deadWorkers: 'restarted' | 'replaced';

  /** Finds out, without making anything, what a launch would do and what is wrong with it: all problems at once. */
  plan(request: LaunchRequest, context: WorkContext): Promise<PlannedLaunch>;
  /**
   * Keeps other clients from working on the cluster until the returned function is called, or this process ends.
   *
   * @param takeOver whether to take it from a client that works on it; where it is known that that one lives, it keeps it
   * @throws ClusterError `CLUSTER_BUSY` if somebody else works on it, with `details.canTakeOver` if that one may be gone
   */
  lock(
    cluster: Pick<Cluster, 'name' | 'region' | 'vpcId'>,
    verb: Verb,
    context: WorkContext,
    takeOver?: boolean,
  ): Promise<() => Promise<void>>;
  /**
   * Gives nodes the packages that the launch recorded; absent where nodes have them from the start.
   *
   * @param nodes those that may lack them; without the master, which has them then
   * @param wheels of a launch, which this client brings
   * @throws ClusterError `PACKAGE_UNAVAILABLE`, `PYTHON_INSTALL_FAILED`
   */
  installPackages?(
    cluster: Cluster,
    nodes: readonly ClusterNode[],
    context: WorkContext,
    wheels?: readonly WheelFile[],
  ): Promise<void>;
  /**
   * Installs packages on all nodes of a cluster, and records them for nodes that come later. What can fail is done on all of them before
   * anything changes on one.
   *
   * @throws ClusterError `PACKAGE_UNAVAILABLE`, `PYTHON_INSTALL_FAILED`; the message names the node
   */
  install(
    cluster: Cluster,
    additions: PackageAdditions,
    context: WorkContext,
  ): Promise<InstalledPackages>;
  /** Records that the launch ended well: from now on the cluster is nobody's work in progress. */
  markReady(cluster: Cluster, context: WorkContext): Promise<void>;
  /** Does what is left to do of a launch whose client may be gone, so that the cluster comes up. */
  resume(cluster: Cluster, context: WorkContext): Promise<PendingNodes | undefined>;
  /** What a node that is late says of itself, for the error; absent where there is nothing to ask. */
  whyLate?(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<string | undefined>;

  /** What an option's value can be, as found where clusters are made; absent where nothing can be looked up. */
  choices?(option: ChoosableOption, context: WorkContext): Promise<readonly Choice[]>;

  /** AWS Regions that {@link list} and {@link find} look in; absent where there are none. */
  regions?(context: WorkContext): Promise<readonly string[]>;
  /** All clusters, as far as can be told without asking what runs inside. */
  list(context: WorkContext): Promise<readonly Cluster[]>;
  /** One cluster, as {@link list} sees it. */
  find(name: string, context: WorkContext): Promise<Cluster | undefined>;
  /**
   * What a cluster costs an hour now, disks and addresses included, in US dollars; `null` if that can't be found out, or not soon. Absent where they cost
   * nothing.
   *
   * @param when as it is `now`, or when all its nodes are `started`
   */
  pricePerHour?(
    cluster: Cluster,
    context: WorkContext,
    when?: 'now' | 'started',
  ): Promise<number | null>;
  /** Opens a way to what runs inside a cluster. */
  connect(cluster: Cluster, mode: ConnectMode, context: WorkContext): Promise<ClusterConnection>;

  /** Brings every node back that isn't running; returns when they are on their way. */
  start(cluster: Cluster, context: WorkContext): Promise<void>;
  /**
   * Puts every node to rest; returns when they are.
   *
   * @param dropped workers that can't be stopped, and are removed for good instead
   */
  stop(cluster: Cluster, context: WorkContext, dropped: readonly ClusterNode[]): Promise<void>;
  /**
   * Removes the cluster; gives what it could not remove, in words.
   *
   * @param also instances that aren't its nodes, and that the user wants to be removed with it
   */
  destroy(
    cluster: Cluster,
    context: WorkContext,
    also?: readonly ForeignInstance[],
  ): Promise<readonly string[]>;
  /**
   * Finds out, without making anything, what {@link addWorkers} would make and what it costs. Absent where nothing is charged.
   *
   * @throws ClusterError `CLUSTER_STATE_UNFIT` if nobody knows how workers of this cluster are made
   */
  planWorkers?(cluster: Cluster, count: number, context: WorkContext): Promise<GrowthPlan>;
  /** Makes more workers like those that are there. On failure it removes what it made. */
  addWorkers(cluster: Cluster, count: number, context: WorkContext): Promise<NewWorkers>;
  /**
   * Lets a cluster that has a lifetime live longer; gives it as it is then. Absent where clusters have none.
   *
   * @param by how much longer; 0 seconds: as long as if it had just been started
   */
  extend?(
    cluster: LastingCluster,
    by: LifetimeExtension,
    context: WorkContext,
  ): Promise<ClusterLifetime>;
  /**
   * Tells a cluster that ends by its cost what it costs now, after its nodes have changed. Absent where none can.
   *
   * @throws ClusterError `PRICE_UNKNOWN`, and if the master can't be told
   */
  recordPrice?(cluster: LastingCluster, context: WorkContext): Promise<void>;
  /** Lets this client in from where it is now; absent where nobody is kept out. */
  authorize?(cluster: Cluster, context: WorkContext): Promise<AccessChange>;
  /** Asks workers to take no new work, and to give what only they have to others; those that were asked before, once more. */
  drainWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void>;
  /**
   * Lets workers work that were asked to leave, or that got the address of one that did; absent where nothing holds workers back
   * but that they are leaving.
   */
  readmitWorkers?(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void>;
  /** Lets YARN take in workers that are new: some that left may have had their addresses. Absent where there is none. */
  admitWorkers?(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void>;
  /** Whether workers lose what is on their disks when they are stopped; absent where none do. */
  isBlankAfterStop?(cluster: Cluster, context: WorkContext): Promise<boolean>;
  /**
   * Makes a cluster's HDFS anew, empty, if no disk of any worker has a block of it; absent where disks keep what they have.
   *
   * @returns whether it did
   */
  renewHdfs?(cluster: Cluster, context: WorkContext): Promise<boolean>;
  /**
   * Records how many workers a cluster is to have, so that those which go missing are missed. Absent where none can.
   *
   * @param workers how many
   */
  recordSize?(cluster: Cluster, workers: number, context: WorkContext): Promise<void>;
  /** How many workers a cluster lacks, by what others can't have written; absent where none can go missing. */
  countMissing?(cluster: Cluster, context: WorkContext): Promise<number>;
  /** Removes workers for good. */
  removeWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void>;

  /**
   * What the user put into the configuration files of a cluster's software when it was launched.
   *
   * @returns `undefined` if nobody knows
   */
  configuration(cluster: Cluster, context: WorkContext): Promise<ServiceProperties | undefined>;
  /** The cluster with the services that its launch recorded; absent where nobody else can change what a listing says of them. */
  withRecordedServices?(cluster: Cluster, context: WorkContext): Promise<Cluster>;
  /** Whether this machine has used a cluster before; absent where that makes no difference. */
  isKnownHere?(cluster: Cluster, context: WorkContext): Promise<boolean>;
  /** What no cluster needs any more; absent where nothing can be left behind. */
  leftovers?(context: WorkContext): Promise<readonly Leftover[]>;
  /** The last lines of a node's logs, by file name. */
  logs(
    cluster: Cluster,
    node: ClusterNode,
    context: WorkContext,
  ): Promise<Readonly<Record<string, string>>>;

  /** Runs a shell command on a node; gives its exit code. */
  runCommand(
    cluster: Cluster,
    node: ClusterNode,
    command: string,
    onOutput: OutputListener,
    context: WorkContext,
  ): Promise<number>;
  /** Copies a file or folder of this machine to a node; gives the bytes copied. */
  upload(
    cluster: Cluster,
    node: ClusterNode,
    local: string,
    remote: string,
    context: WorkContext,
  ): Promise<number>;
  /** Copies a file or folder of a node to this machine; gives the bytes copied. */
  download(
    cluster: Cluster,
    node: ClusterNode,
    remote: string,
    local: string,
    context: WorkContext,
  ): Promise<number>;
  login(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<LoginSession>;
  /**
   * Version of the Python that the cluster's Spark runs Python code with, such as `3.11.7`: a client's must have the same minor.
   *
   * @returns `undefined` if it has none, or nobody knows which
   */
  pythonVersion(cluster: Cluster, context: WorkContext): Promise<string | undefined>;
  /**
   * Opens the event logs of a cluster’s applications.
   *
   * @returns `undefined` if they can’t be read now, as the machine that has them doesn’t run
   */
  openEventLogs(cluster: Cluster, context: WorkContext): Promise<EventLogFolder | undefined>;
  /** Starts Spark’s history server on this machine over a folder of event logs; absent where clusters aren’t of this machine. */
  serveSavedHistory?(folder: string, context: WorkContext): Promise<SavedHistoryServer>;
  /** Opens a way to the servers of the master. */
  openTunnel(cluster: Cluster, context: WorkContext): Promise<Tunnel>;
  /** Starts a job, which is the cluster's from then on: it outlives this process. */
  submit(cluster: Cluster, job: JobRequest, context: WorkContext): Promise<JobHandle>;
  /** The jobs that the cluster knows of, whoever submitted them, the oldest first. */
  jobs(cluster: Cluster, context: WorkContext): Promise<readonly Job[]>;
  /**
   * Opens a way to a job.
   *
   * @throws ClusterError `JOB_NOT_FOUND`
   */
  openJob(cluster: Cluster, id: string, context: WorkContext): Promise<JobHandle>;
}
