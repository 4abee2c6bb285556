/** JSON schema of what a tool takes, as far as our tools need it. */
export interface ToolSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
}

/** JSON schema of one value. */
interface PropertySchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: PropertySchema;
  readonly anyOf?: readonly PropertySchema[];
  readonly additionalProperties?: PropertySchema;
}

/** A tool that agents are offered, as every host that offers it describes it. */
export interface AgentTool {
  /** What it is called in lists. */
  readonly title: string;
  /** Written for a model: what it does, and whether it changes something. */
  readonly description: string;
  readonly input: ToolSchema;
  /** `reads`: changes nothing · `adds`: changes something and takes nothing away · `removes`: may end or delete something. */
  readonly effect: 'reads' | 'adds' | 'removes';
}

const name: PropertySchema = { type: 'string', description: 'Name of the cluster' };
const job: PropertySchema = { type: 'string', description: 'ID of the job' };
const count = (what: string): PropertySchema => ({
  type: 'integer',
  minimum: 1,
  description: what,
});

/** The options of a launch, as flags of the command line. */
const launchProperties: ToolSchema['properties'] = {
  name: { type: 'string', description: 'Name of the new cluster' },
  provider: {
    type: 'string',
    enum: ['local', 'ec2'],
    description:
      'Where to launch it: "local" for processes on this machine, which are free, or "ec2" for Amazon EC2. Default: what the configuration file says, else local.',
  },
  region: { type: 'string', description: 'AWS Region. Default: the configured one.' },
  workers: { type: 'integer', minimum: 1, maximum: 5000, description: 'Number of workers' },
  options: {
    type: 'object',
    description:
      'Other options, by the name of their command-line flag without the leading dashes, such as {"spark-version": "4.1.4", "ec2-instance-type": "m7g.large", "max-lifetime": "8 h"}. A flag that is repeatable takes an array.',
    additionalProperties: {
      anyOf: [
        { type: 'string' },
        { type: 'number' },
        { type: 'boolean' },
        { type: 'array', items: { type: 'string' } },
      ],
    },
  },
};

function schema(
  properties: ToolSchema['properties'],
  required: readonly string[] = ['name'],
): ToolSchema {
  return required.length === 0
    ? { type: 'object', properties }
    : { type: 'object', properties, required };
}

/** What is offered to agents, by its name: a host may put its own name before it. */
export const agentTools = {
  list_clusters: {
    title: 'List Clusters',
    description:
      "Lists the user's Apache Spark clusters, on this machine and on Amazon EC2: name, state and its reason, nodes, size, tags, price. Changes nothing.",
    input: schema({}, []),
    effect: 'reads',
  },
  describe_cluster: {
    title: 'Describe Cluster',
    description:
      'Describes one Apache Spark cluster by name and asks its services: which workers are registered, their cores and memory, what is unhealthy and why. Changes nothing.',
    input: schema({ name }),
    effect: 'reads',
  },
  read_launch_log: {
    title: 'Read Launch Log',
    description:
      "Reads what happened when an Apache Spark cluster was launched from this editor, by the cluster's name: the plan, each node's phases with their times, warnings, and how it ended. Use it to find out why a launch failed or was slow. Changes nothing.",
    input: schema({ name }),
    effect: 'reads',
  },
  plan_launch: {
    title: 'Plan Launch',
    description:
      'Shows what launching an Apache Spark cluster would create, install, download and cost, and all problems with it. Creates nothing. Use it before launch_cluster.',
    input: schema(launchProperties),
    effect: 'reads',
  },
  launch_cluster: {
    title: 'Launch Cluster',
    description:
      'Launches an Apache Spark cluster and returns when all its workers have registered, in seconds on this machine and in a few minutes on Amazon EC2. On EC2 it costs money: the user is asked to confirm the price first. A launch that fails or is canceled removes what it created.',
    input: schema(launchProperties),
    effect: 'adds',
  },
  add_workers: {
    title: 'Add Workers',
    description:
      'Adds workers to a running Apache Spark cluster; running jobs continue and can use them. On Amazon EC2 it costs money: the user is asked to confirm the price first.',
    input: schema({ name, count: count('Number of workers to add') }, ['name', 'count']),
    effect: 'adds',
  },
  remove_workers: {
    title: 'Remove Workers',
    description:
      'Removes workers from an Apache Spark cluster when their running tasks have finished, or after a time limit; jobs continue. All data on their disks is lost. The user is asked to confirm first.',
    input: schema(
      {
        name,
        count: count('Number of workers to remove'),
        drainSeconds: {
          type: 'integer',
          minimum: 0,
          description: 'Time limit for running tasks, in seconds. Default: 300.',
        },
      },
      ['name', 'count'],
    ),
    effect: 'removes',
  },
  start_cluster: {
    title: 'Start Cluster',
    description:
      'Starts a stopped Apache Spark cluster, or the failed nodes of a running one, and returns when all workers have registered. On Amazon EC2 it costs money: the user is asked to confirm the price first.',
    input: schema({ name }),
    effect: 'adds',
  },
  stop_cluster: {
    title: 'Stop Cluster',
    description:
      'Stops an Apache Spark cluster: its jobs end; its nodes keep their names and disks. The user is asked to confirm first.',
    input: schema({ name }),
    effect: 'removes',
  },
  destroy_cluster: {
    title: 'Destroy Cluster',
    description:
      'Destroys an Apache Spark cluster and all data on it, in any state. This can’t be undone. The user is asked to confirm first.',
    input: schema({ name }),
    effect: 'removes',
  },
  submit_job: {
    title: 'Submit Job',
    description:
      'Runs a Spark job (a .py, .jar, .sql or .ipynb file of this machine) on a cluster, waits until it ends, and returns its exit code and its output. Canceling the call cancels the job. With detach it returns the ID of the job at once; read_job_log reads its output then.',
    input: schema(
      {
        name,
        file: {
          type: 'string',
          description:
            'Path of a .py, .jar, .sql or .ipynb file; a relative one starts from the current folder',
        },
        args: { type: 'array', items: { type: 'string' }, description: 'Arguments of the job' },
        mainClass: { type: 'string', description: 'Main class of a .jar' },
        conf: {
          type: 'object',
          additionalProperties: { type: 'string' },
          description: 'Spark properties of this job, such as {"spark.executor.memory": "1g"}',
        },
        packages: {
          type: 'array',
          items: { type: 'string' },
          description: 'Maven packages: group:artifact:version',
        },
        detach: { type: 'boolean', description: 'Return as soon as the job runs' },
      },
      ['name', 'file'],
    ),
    effect: 'removes',
  },
  list_jobs: {
    title: 'List Jobs',
    description:
      'Lists the jobs of an Apache Spark cluster, whoever submitted them: ID, state, exit code, duration. Without a name, those of all running clusters. Changes nothing.',
    input: schema({ name }, []),
    effect: 'reads',
  },
  read_job_log: {
    title: 'Read Job Log',
    description:
      'Reads what a job has printed so far, and its state and exit code. Changes nothing.',
    input: schema({ job, name }, ['job']),
    effect: 'reads',
  },
  cancel_job: {
    title: 'Cancel Job',
    description: 'Cancels a running job, whoever submitted it.',
    input: schema({ job, name }, ['job']),
    effect: 'removes',
  },
  run_command: {
    title: 'Run Command',
    description:
      'Runs a shell command on the nodes of an Apache Spark cluster in parallel and returns the exit code and output of each. The nodes of a local cluster are this machine.',
    input: schema(
      {
        name,
        command: { type: 'string', description: 'Shell command line' },
        masterOnly: { type: 'boolean', description: 'Run it on the master only' },
      },
      ['name', 'command'],
    ),
    effect: 'removes',
  },
  run_diagnostics: {
    title: 'Run Diagnostics',
    description:
      'Runs diagnostics on one Apache Spark cluster or, without a name, on all clusters and on the AWS account: says what is wrong and what to do. Changes nothing.',
    input: schema({ name }, []),
    effect: 'reads',
  },
  read_logs: {
    title: 'Read Logs',
    description:
      'Reads the last lines of the logs of the nodes of an Apache Spark cluster (setup, Spark’s daemons, HDFS, YARN). Use it to find out why a node or a daemon failed. Changes nothing.',
    input: schema({
      name,
      node: { type: 'string', description: 'Only this node, such as "master" or "worker-1"' },
    }),
    effect: 'reads',
  },
  explain_application: {
    title: 'Explain Application',
    description:
      'Explains why a Spark application was slow or failed, from its event log: failed tasks with their line of Python, skew, spill, garbage collection, idle cores, waiting for cores, and what it cost. Findings are ranked, each with the settings to change. Works for applications that run, that ran, and of clusters that were destroyed. Changes nothing.',
    input: schema({
      name,
      application: {
        type: 'string',
        description: 'ID of the application or of its job. Default: the latest application.',
      },
      saved: {
        type: 'boolean',
        description: 'Read what was saved of a destroyed cluster, though there is one of its name',
      },
    }),
    effect: 'reads',
  },
  open_web_ui: {
    title: 'Open Web UI',
    description:
      'Gives the URL of a web UI of an Apache Spark cluster for a browser on this machine: that of the Spark master (spark), of the running applications (jobs), or of the history server (history), which is started if necessary. Of a cluster on Amazon EC2 it works as long as this server runs.',
    input: schema({
      name,
      page: {
        type: 'string',
        enum: ['spark', 'jobs', 'history', 'hdfs', 'yarn'],
        description: 'Default: spark',
      },
    }),
    effect: 'adds',
  },
} as const satisfies Readonly<Record<string, AgentTool>>;

/** The name of a tool. */
export type AgentToolName = keyof typeof agentTools;
