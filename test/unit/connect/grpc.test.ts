import { describe, expect, it } from 'vitest';
import { readExecutionProgress } from '../../../src/connect/execution-progress.ts';
import { grpcError, GrpcMessages, grpcStatus } from '../../../src/connect/grpc.ts';

function framed(message: Buffer, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

describe('a stream of gRPC messages', () => {
  const texts = ['one', 'a'.repeat(100), 'three', 'b'.repeat(300), 'five'];
  const stream = Buffer.concat(texts.map((text) => framed(Buffer.from(text))));

  it('is cut into those that are not too long, wherever its chunks end', () => {
    for (const size of [1, 2, 5, 7, 64, stream.length]) {
      const seen: string[] = [];
      const messages = new GrpcMessages(99, (message) => seen.push(message.toString()));
      for (let at = 0; at < stream.length; at += size)
        messages.push(stream.subarray(at, at + size));
      expect(seen).toEqual(['one', 'three', 'five']);
    }
  });

  it('leaves compressed messages alone', () => {
    const seen: string[] = [];
    const messages = new GrpcMessages(99, (message) => seen.push(message.toString()));
    messages.push(Buffer.concat([framed(Buffer.from('packed'), 1), framed(Buffer.from('plain'))]));
    expect(seen).toEqual(['plain']);
  });
});

describe('an error of gRPC', () => {
  it('has a message of printable ASCII', () => {
    expect(grpcError(grpcStatus.unavailable, 'Verlören 100%\nund “weg”.')).toEqual({
      'grpc-status': '14',
      'grpc-message': 'Verl%C3%B6ren 100%25%0Aund %E2%80%9Cweg%E2%80%9D.',
    });
  });
});

describe('the progress of a query', () => {
  // Written by `pyspark.sql.connect.proto.base_pb2` 4.1.3: two stages of 4 and 200 tasks, 3 and 17 completed, 8 running.
  const message = Buffer.from(
    '0a0773657373696f6e9201150a060801100418030a09080210c801181120011008',
    'hex',
  );

  it('is read from the message of the server', () => {
    expect(readExecutionProgress(message)).toEqual({
      tasks: 204,
      completedTasks: 20,
      runningTasks: 8,
    });
  });

  it('is none in a message about something else, nor in one that is cut off or is none', () => {
    expect(readExecutionProgress(Buffer.from('0a0773657373696f6e', 'hex'))).toBeUndefined();
    for (let end = 0; end < message.length; end++)
      expect(readExecutionProgress(message.subarray(0, end))).toBeUndefined();
    expect(readExecutionProgress(Buffer.from('ffffffffffffffffff', 'hex'))).toBeUndefined();
  });
});
