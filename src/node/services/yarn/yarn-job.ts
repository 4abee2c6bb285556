import type { YarnDeployMode } from '../../../model/job.ts';
import type { Properties } from '../../../model/software/properties.ts';
import { nodeLayout, nodePorts } from '../../layout.ts';

/** What a job is on YARN beside what it is anyway. */
export interface YarnJob {
  /** What `spark-submit` is told first. */
  readonly words: readonly string[];
  readonly conf: Properties;
  /** Shell text that defines `on_yarn`, by which the job's command is run. */
  readonly functions: string;
}

/**
 * What a job is told to run on YARN.
 *
 * @param id of the job: its application has it as a tag
 * @param conf properties of the job
 */
export function yarnJob(id: string, mode: YarnDeployMode, conf: Properties): YarnJob {
  const tag = tagOf(id);
  const { 'spark.yarn.tags': tags } = conf;
  return {
    words: ['--master', 'yarn', '--deploy-mode', mode],
    conf: { ...conf, 'spark.yarn.tags': tags === undefined ? tag : `${tags},${tag}` },
    functions: `${applications(tag)}${mode === 'cluster' ? runInCluster : 'on_yarn() { "$@"; }'}`,
  };
}

/** Shell text that ends the application of a job: what runs on the master is only what submitted it. */
export function endYarnJob(id: string): string {
  return `${applications(tagOf(id))}for id in $(applications id '&states=NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING'); do
  no_proxy='*' curl -sS -m 10 -o /dev/null -X PUT -H 'Content-Type: application/json' -d '{"state":"KILLED"}' "$page/$id/state?user.name=$(id -un)"
done
`;
}

/** The tag by which YARN knows the application of a job. YARN makes capitals small. */
export function tagOf(id: string): string {
  return `flintrock-${id.toLowerCase()}`;
}

// Of the applications of a job the value of a field: the ResourceManager's page, as its programs take seconds to start.
const applications = (
  tag: string,
): string => `page="http://$(sed -n 's/^SPARK_LOCAL_IP=//p' ${nodeLayout.sparkConfiguration}/spark-env.sh):${nodePorts.resourceManagerUi}/ws/v1/cluster/apps"
applications() {
  no_proxy='*' curl -sS -m 10 "$page?applicationTags=${tag}$2" | grep -o "\\"$1\\":\\"[A-Za-z0-9_]*\\"" | cut -d'"' -f4
}
`;

/** So long the logs of an application may take to get into HDFS, in fifths of a second. */
const logsPatience = 300;

// What its driver wrote is on a worker, from where it gets into HDFS once the application has ended. Of one that failed its last words, too.
const runInCluster = `driver_log() {
  yarn logs -applicationId "$id" -am ALL -log_files "$1" 2>/dev/null |
    awk '/^End of LogType:/ { if (n && last != "") print last; on = n = 0 } on { if (n++) print last; last = $0 } /^LogContents:$/ { on = 1 }'
}
on_yarn() {
  "$@"
  code=$?
  for id in $(applications id); do
    i=0
    until [ $i -ge ${logsPatience} ] || applications logAggregationStatus | grep -Eq 'SUCCEEDED|FAILED|TIME_OUT|DISABLED'; do
      i=$((i + 1))
      sleep 0.2
    done
    driver_log stdout
    [ $code = 0 ] || driver_log stderr | tail -n 200 >&2
  done 2>>"$folder/stderr"
  return $code
}`;
