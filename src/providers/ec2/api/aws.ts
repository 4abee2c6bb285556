import type { Agent } from 'node:http';
import type {
  DescribeSecurityGroupsCommandInput,
  EC2Client,
  Instance,
  SecurityGroup,
} from '@aws-sdk/client-ec2';
import type { Surroundings } from '../../../base/surroundings.ts';
import { webAgent, type WebSurroundings } from '../../../base/web-agent.ts';
import { abortError } from '../../../model/errors.ts';
import { checkingAnswers } from './answer-check.ts';
import {
  awsCode,
  awsError,
  isCapacityShort,
  isExpired,
  isNetworkFault,
  isServiceFault,
  isThrottling,
  isTimeout,
  mayBeDone,
} from './aws-errors.ts';
import type { Ec2Calls } from './calls.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import { type Criteria, filtersOf, fits, productFilters, startingWith } from './filters.ts';
import { isChanging, meansDone, readBack } from './lost-replies.ts';
import type * as sdkModule from './sdk.ts';
import { readTags, writeTags } from './tags.ts';

type Sdk = typeof sdkModule;

/** What all clients of the SDK have in common. */
interface ClientConfig {
  readonly region: string;
  readonly maxAttempts: number;
  readonly customUserAgent: string;
  readonly endpoint?: string;
  readonly requestHandler: typeof requestLimits & {
    httpAgent?: Agent;
    httpsAgent?: Agent;
  };
  readonly credentials: Credentials;
}

type AwsSurroundings = WebSurroundings & Pick<Surroundings, 'clock'>;

/** Where and as whom AWS is asked. */
export interface AwsSettings {
  readonly region: string;
  readonly credentials: CredentialSource;
}

/** How long one request may take, and how long connecting may, in milliseconds. */
const requestLimits = {
  requestTimeout: 60_000,
  // Without it the SDK only warns.
  throwOnRequestTimeout: true,
  connectionTimeout: 4_000,
};
/** How long all retries together may take while AWS asks to slow down, in milliseconds. */
const patienceMs = 90_000;
/** The longest pause between two tries, in milliseconds. */
const longestPauseMs = 10_000;
/** So often a question is tried that gets no answer at all: a user who is offline is to know soon. */
const networkTries = 2;
/** So often a change is tried whose reply doesn't come: whoever came so far was online a moment ago. */
const changeTries = 4;
/** How long EC2 may take to show what a call did whose reply was lost, in milliseconds: it is eventually consistent, within a minute. */
const showLimitMs = 75_000;
/** Between two looks for that, in milliseconds. */
const showPauseMs = 2_000;
/** So many of them may fail one after the other. */
const blindLooks = 3;

/** So many resources one call may name (EC2 API Reference, "CreateTags", "TerminateInstances"). */
const maxResourcesPerCall = 1_000;

/** Does something to resources, as many at a time as one call may name. */
export async function inParts(
  ids: readonly string[],
  work: (part: string[]) => Promise<unknown>,
  size = maxResourcesPerCall,
): Promise<void> {
  for (let start = 0; start < ids.length; start += size) await work(ids.slice(start, start + size));
}

/**
 * AWS, as far as clusters need it. All errors come out as ours.
 *
 * It retries by itself and not by the SDK: EC2's capacity errors look like server faults (HTTP 500), and the SDK would try them
 * again in silence.
 */
export class Aws {
  readonly region: string;
  readonly #settings: AwsSettings;
  readonly #surroundings: AwsSurroundings;
  #sdk: Promise<Sdk> | undefined;
  #config: Promise<ClientConfig> | undefined;
  #client: Promise<EC2Client> | undefined;
  /** How far this machine's clock is behind EC2's, in milliseconds, as its last answer has it. */
  #clockOffset = 0;
  /** What is left of {@link patienceMs}: one budget for all calls. */
  #patienceLeft = patienceMs;

  constructor(settings: AwsSettings, surroundings: AwsSurroundings) {
    this.region = settings.region;
    this.#settings = settings;
    this.#surroundings = surroundings;
  }

  /**
   * The time by EC2's clock, to the second, in milliseconds since the epoch: what clients tell each other of times, they tell by the
   * one clock that all of them see.
   */
  now(): number {
    return this.#surroundings.clock.now() + this.#clockOffset;
  }

  /**
   * One call to EC2, again if AWS asks to slow down or stumbles.
   *
   * @throws ClusterError as {@link awsError} has it; `ABORTED` when the signal aborts
   */
  async ec2<A extends keyof Ec2Calls>(
    action: A,
    input: Ec2Calls[A][0],
    signal: AbortSignal,
  ): Promise<Ec2Calls[A][1]> {
    try {
      return await this.ec2Raw(action, input, signal);
    } catch (error) {
      if (signal.aborted) throw abortError(signal, `waiting for the response to ${action}`);
      throw awsError(error, `ec2:${action}`, this.#surroundings.clock.now());
    }
  }

  /**
   * As {@link ec2}, with AWS's own error. A call that changes something and whose reply is lost is known afterwards: by what EC2 says
   * of a repeated one, or by what it shows.
   */
  async ec2Raw<A extends keyof Ec2Calls>(
    action: A,
    input: Ec2Calls[A][0],
    signal: AbortSignal,
  ): Promise<Ec2Calls[A][1]> {
    const sdk = await this.#load();
    // TypeScript can't see that a command and its input belong together once both are generic.
    const Command = sdk[`${action}Command`] as unknown as new (given: unknown) => never;
    const changes = isChanging(action, input);
    /** The last try whose reply was lost, and which may have been carried out. */
    let lost: unknown;
    const send = async (): Promise<Ec2Calls[A][1]> => {
      const client = await this.#ec2Client();
      try {
        const reply: Ec2Calls[A][1] = await client.send(new Command(input), {
          abortSignal: signal,
        });
        return reply;
      } catch (error) {
        if (lost !== undefined && meansDone(action, error)) return {};
        if (changes && mayBeDone(error)) lost = error;
        // Another try may take as long as this one did: what the call did may show by now.
        const known =
          changes && isTimeout(error)
            ? await this.#readBack(action, input, signal).catch(() => undefined)
            : undefined;
        if (known != null) return known;
        throw error;
      }
    };
    try {
      return await this.#patiently(signal, send, changes ? changeTries : networkTries);
    } catch (error) {
      if (lost === undefined || signal.aborted) throw error;
      const known = await this.#findOut(action, input, signal);
      if (known === undefined) throw error;
      return known;
    }
  }

  /** Reads the world until it shows that a call was carried out; `undefined` if it doesn't within the time that EC2 may take to show it. */
  async #findOut<A extends keyof Ec2Calls>(
    action: A,
    input: Ec2Calls[A][0],
    signal: AbortSignal,
  ): Promise<Ec2Calls[A][1] | undefined> {
    const { clock } = this.#surroundings;
    const end = clock.now() + showLimitMs;
    for (let blind = 0; blind < blindLooks && !signal.aborted && clock.now() < end;) {
      try {
        const known = await this.#readBack(action, input, signal);
        if (known !== undefined) return known ?? undefined;
        blind = 0;
      } catch {
        // A client that can't read either doesn't know.
        blind += 1;
      }
      await clock.sleep(showPauseMs, signal).catch(() => undefined);
    }
    return undefined;
  }

  /** One look, see {@link readBack}. */
  #readBack<A extends keyof Ec2Calls>(
    action: A,
    input: Ec2Calls[A][0],
    signal: AbortSignal,
  ): Promise<Ec2Calls[A][1] | null | undefined> {
    return readBack(action, input, {
      instances: (criteria: Criteria) => this.instances(criteria, signal),
      groups: (criteria: Criteria) => this.groups(criteria, signal),
    });
  }

  /** Tags resources, however many. */
  async tag(
    ids: readonly string[],
    tags: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const Tags = writeTags(tags);
    await inParts(ids, (Resources) => this.ec2('CreateTags', { Resources, Tags }, signal));
  }

  /**
   * Tags what of these resources is there. EC2 forgets what was terminated some time later, and refuses a call that names one such
   * thing altogether: the others would go without the tag.
   */
  async tagKnown(
    ids: readonly string[],
    tags: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.tag(ids, tags, signal);
    } catch (error) {
      if (!/NotFound$|^InvalidID$/.test(awsCode(error))) throw error;
      if (ids.length < 2) return;
      const half = Math.ceil(ids.length / 2);
      await this.tagKnown(ids.slice(0, half), tags, signal);
      await this.tagKnown(ids.slice(half), tags, signal);
    }
  }

  /** All instances that fit, page by page; what EC2 gives is compared again. */
  async instances(criteria: Criteria, signal: AbortSignal): Promise<Instance[]> {
    const filters = filtersOf(criteria);
    const found: Instance[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.ec2(
        'DescribeInstances',
        { ...filters, MaxResults: 1000, ...(NextToken !== undefined && { NextToken }) },
        signal,
      );
      found.push(...(page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
      NextToken = page.NextToken || undefined;
    } while (NextToken !== undefined);
    return found.filter((instance) => fits(criteria, (name) => instanceField(instance, name)));
  }

  /** All security groups that fit, page by page; what EC2 gives is compared again. */
  async groups(criteria: Criteria, signal: AbortSignal): Promise<SecurityGroup[]> {
    const found = await this.#groups(filtersOf(criteria), signal);
    return found.filter((group) => fits(criteria, (name) => groupField(group, name)));
  }

  /** All security groups whose names begin with a text. */
  async groupsNamed(prefix: string, signal: AbortSignal): Promise<SecurityGroup[]> {
    const found = await this.#groups(startingWith('group-name', prefix), signal);
    return found.filter(({ GroupName = '' }) => GroupName.startsWith(prefix));
  }

  async #groups(
    input: DescribeSecurityGroupsCommandInput,
    signal: AbortSignal,
  ): Promise<SecurityGroup[]> {
    const found: SecurityGroup[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.ec2(
        'DescribeSecurityGroups',
        { ...input, ...(NextToken !== undefined && { NextToken }) },
        signal,
      );
      found.push(...(page.SecurityGroups ?? []));
      NextToken = page.NextToken || undefined;
    } while (NextToken !== undefined);
    return found;
  }

  /** A public parameter of Systems Manager, such as the id of the newest Amazon Linux. */
  async parameter(name: string, signal: AbortSignal): Promise<string | undefined> {
    const { GetParameterCommand, SSMClient } = await this.#load();
    try {
      return await this.#patiently(signal, async () => {
        const client = checkingAnswers(new SSMClient(await this.#clientConfig()));
        const { Parameter } = await client.send(new GetParameterCommand({ Name: name }), {
          abortSignal: signal,
        });
        return Parameter?.Value;
      });
    } catch (error) {
      if (signal.aborted) throw abortError(signal, 'looking up the latest AMI');
      if (awsCode(error) === 'ParameterNotFound') return undefined;
      throw awsError(error, 'ssm:GetParameter', this.#surroundings.clock.now());
    }
  }

  /**
   * Products of AWS's price list that fit, as JSON texts: the first ones, or all. The list is served in few regions; us-east-1 has
   * all of it.
   */
  async products(
    service: string,
    terms: Readonly<Record<string, string>>,
    signal: AbortSignal,
    howMany: 'first' | 'all' = 'first',
  ): Promise<string[]> {
    const { GetProductsCommand, PricingClient } = await this.#load();
    const client = checkingAnswers(
      new PricingClient({ ...(await this.#clientConfig()), region: 'us-east-1' }),
    );
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      // The types of the price list's client don't resolve: it is older than EC2's.
      const answer: unknown = await client.send(
        new GetProductsCommand({
          ServiceCode: service,
          Filters: productFilters(terms),
          MaxResults: howMany === 'all' ? 100 : 20,
          ...(NextToken !== undefined && { NextToken }),
        }),
        { abortSignal: signal },
      );
      const page = answer as {
        readonly PriceList?: readonly unknown[];
        readonly NextToken?: string;
      };
      found.push(...(page.PriceList ?? []).map(String));
      NextToken = page.NextToken || undefined;
    } while (howMany === 'all' && NextToken !== undefined);
    return found;
  }

  #load(): Promise<Sdk> {
    this.#sdk ??= import('./sdk.ts');
    return this.#sdk;
  }

  #ec2Client(): Promise<EC2Client> {
    this.#client ??= (async () => {
      const { EC2Client } = await this.#load();
      const { clock } = this.#surroundings;
      return checkingAnswers(
        new EC2Client(await this.#clientConfig()),
        (time) => (this.#clockOffset = time - clock.now()),
      );
    })();
    return this.#client;
  }

  #clientConfig(): Promise<ClientConfig> {
    this.#config ??= this.#makeConfig();
    return this.#config;
  }

  async #makeConfig(): Promise<ClientConfig> {
    const { clock, env } = this.#surroundings;
    const { region, credentials } = this.#settings;
    const sdk = await this.#load();
    const agent = await webAgent(this.#surroundings);
    const requestHandler = {
      ...requestLimits,
      requestTimeout: requestLimits.requestTimeout / (clock.rate ?? 1),
      ...(agent !== undefined && { httpAgent: agent, httpsAgent: agent }),
    };
    const endpoint = env['AWS_ENDPOINT_URL_EC2'] ?? env['AWS_ENDPOINT_URL'];
    return {
      region,
      maxAttempts: 1,
      // So that an account's log, and its policies, can tell our calls from others.
      customUserAgent: 'flintrock',
      ...(endpoint && { endpoint }),
      requestHandler,
      credentials: credentials.find(sdk, { region, requestHandler }),
    };
  }

  async #patiently<T>(
    signal: AbortSignal,
    send: () => Promise<T>,
    tryUnanswered = networkTries,
  ): Promise<T> {
    const { clock } = this.#surroundings;
    let refreshed = false;
    for (let tries = 1; ; tries += 1) {
      try {
        const result = await send();
        if (tries === 1) this.#patienceLeft = Math.min(patienceMs, this.#patienceLeft + 1_000);
        return result;
      } catch (error) {
        if (signal.aborted) throw error;
        if (isExpired(error) && !refreshed) {
          // A user who logged in again meanwhile has new ones.
          refreshed = true;
          this.#settings.credentials.forget();
          this.#config = undefined;
          this.#client = undefined;
          continue;
        }
        if (isCapacityShort(error)) throw error;
        const slowDown = isThrottling(error);
        if (isNetworkFault(error) ? tries >= tryUnanswered : !slowDown && !isServiceFault(error))
          throw error;
        // Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
        const pause = Math.random() * Math.min(longestPauseMs, 250 * 2 ** tries);
        if (this.#patienceLeft < pause || (!slowDown && tries >= 5)) throw error;
        this.#patienceLeft -= pause;
        await clock.sleep(pause, signal);
      }
    }
  }
}

/** What an instance has for a filter of EC2's. */
function instanceField(
  instance: Instance,
  name: string,
): readonly (string | undefined)[] | undefined {
  switch (name) {
    case 'instance-id':
      return [instance.InstanceId];
    case 'vpc-id':
      return [instance.VpcId];
    default:
      return tagField(instance.Tags, name);
  }
}

/** What a security group has for a filter of EC2's. */
function groupField(
  group: SecurityGroup,
  name: string,
): readonly (string | undefined)[] | undefined {
  switch (name) {
    case 'group-id':
      return [group.GroupId];
    case 'group-name':
      return [group.GroupName];
    case 'vpc-id':
      return [group.VpcId];
    default:
      return tagField(group.Tags, name);
  }
}

function tagField(
  tags: Instance['Tags'],
  name: string,
): readonly (string | undefined)[] | undefined {
  if (name === 'tag-key') return (tags ?? []).map(({ Key }) => Key);
  return name.startsWith('tag:') ? [readTags(tags)[name.slice('tag:'.length)]] : undefined;
}
