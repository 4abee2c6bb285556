import { expect, it } from 'vitest';
import type { ExplainResult } from '../../../src/engine/verbs/explain.ts';
import { explanationPage } from '../../../src/extension/history/explanation-page.ts';

it('gives a page the longest stages in their order, and those that findings are about', () => {
  const stages = Array.from({ length: 150 }, (_, id) => ({
    id,
    attempt: 0,
    submittedAt: id * 1000,
    completedAt: id * 1000 + (id === 120 ? 1 : id < 60 ? 50 : 100),
  }));
  const page = explanationPage({
    cluster: 'demo',
    applications: ['app-2', 'app-1'],
    application: { stages, endedAt: null, lastEventAt: 150_000 },
    findings: [{ stage: { id: 120, attempt: 0 } }, { stage: null }],
  } as unknown as ExplainResult);
  const shown = page.application.stages.map(({ id }) => id);
  expect(shown).toHaveLength(100);
  expect(shown).toEqual([...shown].sort((a, b) => a - b));
  expect(shown).toContain(120);
  expect(shown.filter((id) => id >= 60)).toHaveLength(90);
  expect(page).toMatchObject({ cluster: 'demo', hiddenStages: 50, hasOthers: true });
  expect(page).not.toHaveProperty('applications');
});
