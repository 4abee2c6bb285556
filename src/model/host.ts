import type { EngineEvent } from './events.ts';

/** What the engine may ask, by code, with the type of the answer. */
export interface QuestionAnswers {
  /** Before the irreversible: remove a cluster with all that is on it. */
  'destroy.confirm': boolean;
  /** Instances that aren't its nodes keep a cluster's security group from being deleted: terminate them, too? */
  'destroy.foreign': boolean;
  /** Before workers are removed for good. */
  'removeWorkers.confirm': boolean;
  /** New jars need a new Spark Connect server, and sessions of the old one end: restart it now? */
  'install.restartConnect': boolean;
  /** Before a cluster is stopped, and what runs on it ends. */
  'stop.confirm': boolean;
  /** Before diagnostics delete something: the message names all of it. */
  'doctor.fix': boolean;
  /** Spot workers can't be stopped: remove them for good, and stop the rest? */
  'stop.dropSpotWorkers': boolean;
  /** HDFS's data is on disks that are blank after a stop: stop all the same? */
  'stop.discardHdfsData': boolean;
  /** A Python environment is there that somebody else made: install into it, and run what is in it? */
  'pythonEnv.useExisting': boolean;
  /** A running job's client was interrupted: end the job, or leave it running? */
  'job.interrupted': 'cancel' | 'detach';
  /** A host key that nothing of ours vouches for, as of a cluster of the Python tool: is it the right one? */
  'hostKey.trust': boolean;
  /** The passphrase of a private key; `null` if nobody knows it. Never logged. */
  'key.passphrase': string | null;
  /** A code of an MFA device that AWS wants, which is good once; `null` if nobody can tell it. Never logged. */
  'aws.mfaCode': string | null;
}

/** The code of a question. */
export type QuestionCode = keyof QuestionAnswers;

/** A question to the host, with the answer that holds where nobody can be asked. */
export type Question<C extends QuestionCode = QuestionCode> = {
  [K in C]: {
    readonly code: K;
    /** The cluster's name. */
    readonly cluster: string;
    /** The question in words. */
    readonly message: string;
    readonly default: QuestionAnswers[K];
  };
}[C];

/** What a job, or a command on a node, printed. */
export interface HostOutput {
  /** Id of the job, or name of the node. */
  readonly from: string;
  readonly stream: 'stdout' | 'stderr';
  /** As they came: may be a part of a line, or of a character. */
  readonly bytes: Uint8Array;
}

/** Who listens to the engine: a command line, an editor, a pipeline. The engine prints nothing itself. */
export interface Host {
  /** Takes an event. Must not throw, and must not take long. */
  notify(event: EngineEvent): void;
  /** Answers a question; a host with nobody to ask gives `question.default`. */
  ask<C extends QuestionCode>(question: Question<C>): Promise<QuestionAnswers[C]>;
  /**
   * Takes what a program on a cluster printed, byte for byte; the events `job.output` and `command.output` have the same as text. While a promise
   * that it gives is pending, no more of that program's output is read. Must not throw, nor reject.
   */
  output?(output: HostOutput): Promise<void> | undefined;
}

/** A host that says nothing and agrees to every default: what a pipeline gets unless it brings its own. */
export const silentHost: Host = {
  notify: () => undefined,
  ask: (question) => Promise.resolve(question.default),
};
