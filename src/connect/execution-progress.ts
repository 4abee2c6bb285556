/** How far a query is, as Spark Connect's server tells its client. */
export interface ExecutionProgress {
  /** Tasks of the stages that are known so far. */
  readonly tasks: number;
  readonly completedTasks: number;
  readonly runningTasks: number;
}

/** Number of the field `execution_progress` of `ExecutePlanResponse` in Spark's `base.proto`. */
const progressField = 18;

/**
 * Reads the progress out of an `ExecutePlanResponse`.
 *
 * @returns `undefined` if the message is about something else, or can't be read
 */
export function readExecutionProgress(message: Uint8Array): ExecutionProgress | undefined {
  try {
    for (const { number, value } of fields(message)) {
      if (number !== progressField || typeof value === 'number') continue;
      let [tasks, completedTasks, runningTasks] = [0, 0, 0];
      for (const part of fields(value)) {
        if (part.number === 2 && typeof part.value === 'number') runningTasks = part.value;
        if (part.number !== 1 || typeof part.value === 'number') continue;
        for (const { number: of, value: count } of fields(part.value)) {
          if (typeof count !== 'number') continue;
          if (of === 2) tasks += count;
          if (of === 3) completedTasks += count;
        }
      }
      return { tasks, completedTasks, runningTasks };
    }
  } catch {
    // What can't be read shows no progress, and is passed on all the same.
  }
  return undefined;
}

interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/** The fields of a message on the wire (`protobuf.dev/programming-guides/encoding`). */
function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('cut off');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const bytes = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError('cut off');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: bytes(8) };
        break;
      case 2:
        yield { number, value: bytes(varint()) };
        break;
      case 5:
        yield { number, value: bytes(4) };
        break;
      default:
        throw new RangeError('unknown wire type');
    }
  }
}
