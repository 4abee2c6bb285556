// A network's login page, a proxy or a broken gateway may answer in AWS's place, with "200 OK" too. The SDK would make an empty list of
// what isn't AWS's, which reads as "there is nothing".

/** Most that is read of one answer, in bytes: a page of a thousand instances has about 5 MB. */
const answerLimit = 64 * 1024 * 1024;
/** So much of an answer says what it is, in characters. */
const headLength = 4_096;

/** An answer as the SDK's handler gives it. */
interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: unknown;
}

/** What the SDK's clients have in common, as far as it matters here. */
export interface Client {
  readonly middlewareStack: {
    add(middleware: unknown, options: Readonly<Record<string, unknown>>): void;
  };
}

/** An answer that isn't AWS's. */
export class StrangeAnswer extends Error {
  override readonly name = 'StrangeAnswer';
  /** As the SDK's errors have it: by it faults of servers are told. */
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(status: number, what: string) {
    super(`HTTP ${status} with ${what}`);
    this.$metadata = { httpStatusCode: status };
  }
}

/**
 * Lets a client of the SDK look whether answers are AWS's before it reads them.
 *
 * @param onDate is given the time that AWS's server says, in milliseconds since the epoch
 */
export function checkingAnswers<T extends Client>(client: T, onDate?: (time: number) => void): T {
  client.middlewareStack.add(
    (next: (args: unknown) => Promise<{ response: HttpAnswer }>) => async (args: unknown) => {
      const result = await next(args);
      const { response } = result;
      const body = await readBody(response);
      response.body = body;
      checkAnswer(response.statusCode, response.headers['content-type'], body);
      const time = Date.parse(response.headers['date'] ?? '');
      if (!Number.isNaN(time)) onDate?.(time);
      return result;
    },
    // After the handler, before the SDK reads the answer (Smithy, "Middleware stack").
    { step: 'deserialize', priority: 'low', name: 'flintrockAnswerCheck', override: true },
  );
  return client;
}

async function readBody({ body, statusCode }: HttpAnswer): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  if (body === undefined || body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > answerLimit) throw new StrangeAnswer(statusCode, `more than ${answerLimit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * Looks whether an answer is AWS's: XML of the EC2 API, or JSON of the others.
 *
 * @throws StrangeAnswer
 */
function checkAnswer(status: number, type: string | undefined, body: Uint8Array): void {
  const head = Buffer.from(body.subarray(0, headLength)).toString('utf8').trimStart();
  const isJson = head.startsWith('{');
  const isXml = /^(<\?xml[^>]*>\s*)?<([A-Za-z]+Response|Response|ErrorResponse|Error)[\s>]/.test(
    head,
  );
  if (isJson || isXml) return;
  // Errors of EC2's front end may have no body; their status says it all.
  if (status >= 400 && head === '') return;
  throw new StrangeAnswer(
    status,
    head === ''
      ? 'an empty body'
      : /<html|<!doctype html/i.test(head)
        ? 'an HTML page'
        : (type ?? 'no type'),
  );
}
