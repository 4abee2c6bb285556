import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { prepareMoto, python } from '../lab/prepare.mjs';

/** S3, as a test that looks into it sees it: any access key is let in. */
export class S3Store {
  private constructor(
    readonly endpoint: string,
    private readonly process?: ChildProcess,
  ) {}

  /** A store that is there: the lab’s. */
  static at(endpoint: string): S3Store {
    return new S3Store(endpoint);
  }

  /** Starts Moto’s S3 on the loopback address. */
  static async start(): Promise<S3Store> {
    prepareMoto();
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
    const child = spawn(python, args, { stdio: 'ignore' });
    const store = new S3Store(`http://127.0.0.1:${port}`, child);
    while (child.exitCode === null && !(await store.#isUp()))
      await new Promise((resolve) => setTimeout(resolve, 100));
    return store;
  }

  async #isUp(): Promise<boolean> {
    return fetch(this.endpoint).then(
      () => true,
      () => false,
    );
  }

  async createBucket(name: string): Promise<void> {
    await this.#ask('PUT', `/${name}`);
  }

  async put(bucket: string, key: string, content: Uint8Array<ArrayBuffer> | string): Promise<void> {
    await this.#ask('PUT', `/${bucket}/${key}`, content);
  }

  /** Keys of a bucket’s objects, those of folders left out. */
  async keys(bucket: string, prefix = ''): Promise<string[]> {
    const text = await this.#ask('GET', `/${bucket}?list-type=2&prefix=${prefix}`);
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)]
      .map(([, key = '']) => key)
      .filter((key) => !key.endsWith('/'));
  }

  async text(bucket: string, key: string): Promise<string> {
    return this.#ask('GET', `/${bucket}/${key}`);
  }

  /** Keys of files that were begun and not completed. */
  async pendingUploads(bucket: string): Promise<string[]> {
    const text = await this.#ask('GET', `/${bucket}?uploads`);
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key);
  }

  close(): void {
    this.process?.kill();
  }

  async #ask(
    method: string,
    path: string,
    body?: Uint8Array<ArrayBuffer> | string,
  ): Promise<string> {
    const scope = 'lab/20260101/us-east-1/s3/aws4_request';
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
    const answer = await fetch(this.endpoint + path, {
      method,
      headers: { authorization },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  }
}
