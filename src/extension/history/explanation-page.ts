import type { ExplainResult } from '../../engine/verbs/explain.ts';
import type { StageHistory } from '../../model/history/application.ts';
import type { ExplanationPage } from '../../protocol/explanation.ts';

/** So many stages are shown: more are left out, the shortest first. */
const shownStages = 100;

/** What the page is given: the stages that matter, of which there may be thousands. */
export function explanationPage({ applications, ...result }: ExplainResult): ExplanationPage {
  const { application, findings } = result;
  const end = application.endedAt ?? application.lastEventAt;
  const named = new Set(findings.map(({ stage }) => stage && `${stage.id}.${stage.attempt}`));
  const weight = (stage: StageHistory): number =>
    named.has(`${stage.id}.${stage.attempt}`)
      ? Infinity
      : (stage.completedAt ?? end) - stage.submittedAt;
  const kept = new Set(
    [...application.stages].sort((a, b) => weight(b) - weight(a)).slice(0, shownStages),
  );
  return {
    ...result,
    application: { ...application, stages: application.stages.filter((one) => kept.has(one)) },
    hiddenStages: application.stages.length - kept.size,
    hasOthers: applications.length > 1,
  };
}
