import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** Status codes of gRPC that our end answers by itself (`grpc/doc/statuscodes.md`). */
export const grpcStatus = { unavailable: 14, unauthenticated: 16 } as const;

/** Headers that end a call with an error, in gRPC's own form (`grpc/doc/PROTOCOL-HTTP2.md`). */
export function grpcError(
  status: (typeof grpcStatus)[keyof typeof grpcStatus],
  message: string,
): OutgoingHttpHeaders {
  return { 'grpc-status': String(status), 'grpc-message': percentEncoded(message) };
}

/** The text of the error that headers end a call with; `undefined` if they end it well, or not at all. */
export function errorIn(headers: IncomingHttpHeaders): string | undefined {
  const status = headers['grpc-status'];
  if (status === undefined || status === '0') return undefined;
  const message = String(headers['grpc-message'] ?? '');
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

/** Ends a call that was not passed on. */
export function refuseCall(stream: ServerHttp2Stream, error: OutgoingHttpHeaders): void {
  if (stream.destroyed) return;
  // It may still send: nobody reads it.
  stream.resume();
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', ...error },
    { endStream: true },
  );
}

/** The headers of a call or its answer without those that belong to the one connection that they came on (RFC 9113 §8.2.2). */
export function passedOn(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => name === ':status' || (!name.startsWith(':') && name !== 'connection'),
    ),
  );
}

// Printable ASCII but `%` stands for itself.
function percentEncoded(text: string): string {
  return text.replace(/[^ -$&-~]+/g, (other) =>
    [...Buffer.from(other)]
      .map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join(''),
  );
}

/** Cuts a stream of gRPC messages into messages; of those longer than `limit` it gives nothing, and keeps nothing. */
export class GrpcMessages {
  readonly #limit: number;
  readonly #onMessage: (message: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);
  #skip = 0;

  constructor(limit: number, onMessage: (message: Buffer) => void) {
    this.#limit = limit;
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const skipped = Math.min(this.#skip, bytes.length);
      this.#skip -= skipped;
      bytes = bytes.subarray(skipped);
      // One byte says whether it is compressed, four how long it is.
      if (bytes.length < 5) break;
      const length = bytes.readUInt32BE(1);
      if (length > this.#limit) {
        this.#skip = 5 + length;
        continue;
      }
      if (bytes.length < 5 + length) break;
      if (bytes[0] === 0) this.#onMessage(bytes.subarray(5, 5 + length));
      bytes = bytes.subarray(5 + length);
    }
    this.#rest = bytes.length === 0 ? Buffer.alloc(0) : Buffer.from(bytes);
  }
}
