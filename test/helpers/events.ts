import type { EngineEvent, EventCode, EventPayloads } from '../../src/model/events.ts';

/** An event of the cluster "demo" as the engine tells it. */
export function anEvent<C extends EventCode>(
  code: C,
  payload: EventPayloads[C],
  time = '2026-05-04T10:00:00.000Z',
): EngineEvent {
  return { code, time, cluster: 'demo', provider: 'local', ...payload } as unknown as EngineEvent;
}
