import type { YarnDeployMode } from '../../model/job.ts';

/** A job to run, as `spark-submit` describes one. Files are paths of this machine, relative to the current folder, or URLs. */
export interface JobToSubmit {
  /** A `.py`, `.jar`, `.sql`, `.ipynb` or `.R` file. */
  readonly file: string;
  /** The job's own arguments. */
  readonly args?: readonly string[] | undefined;
  /** Main class of a jar; without it the jar's manifest names it. */
  readonly className?: string | undefined;
  /**
   * Runs it on YARN, with its driver on the master (`client`) or in a container of a worker (`cluster`); without it Spark's own workers
   * run it.
   */
  readonly yarn?: YarnDeployMode | undefined;
  /** Spark properties for this job, such as `spark.executor.memory`. */
  readonly conf?: Readonly<Record<string, string>> | undefined;
  /** A file of Spark properties; those in `conf` come first. */
  readonly propertiesFile?: string | undefined;
  /** Python modules: `.py`, `.zip`, `.egg` and `.whl` files, and folders. What the script imports from its own folder comes along anyway. */
  readonly pyFiles?: readonly string[] | undefined;
  /** Jars for the class paths of driver and executors. */
  readonly jars?: readonly string[] | undefined;
  /** Maven coordinates, `group:artifact:version`, fetched with what they need. */
  readonly packages?: readonly string[] | undefined;
  /** Files for the working folder of each executor; `path#name` gives one another name. */
  readonly files?: readonly string[] | undefined;
  /** Archives that are unpacked into the working folder of each executor; `path#name` names the folder. */
  readonly archives?: readonly string[] | undefined;
}
