import { isUntrusted, untrustedAdvice } from '../../../base/web-agent.ts';
import { ClusterError, type ErrorCode, isClusterError } from '../../../model/errors.ts';
import { advice, type Remedy, runProgram, setOption } from '../../../model/remedy.ts';
import { StrangeAnswer } from './answer-check.ts';

/** What the SDK throws, as far as it is looked at. */
interface SdkError extends Error {
  readonly code?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** AWS's own name of an error, such as `InsufficientInstanceCapacity`, also of one that is in our words already. */
export function awsCode(error: unknown): string {
  if (isClusterError(error)) {
    const code = error.details['awsCode'];
    return typeof code === 'string' ? code : error.code;
  }
  const { name, Code } = error as SdkError;
  return Code ?? name;
}

/** Whether AWS asks to slow down. Codes: EC2 API Reference "Error codes", and the SDK's list of throttling errors. */
export function isThrottling(error: unknown): boolean {
  return /^(RequestLimitExceeded|Throttling(Exception)?|ThrottledException|RequestThrottled(Exception)?|EC2ThrottledException|TooManyRequestsException|SlowDown|PriorRequestNotComplete)$/.test(
    awsCode(error),
  );
}

/** Whether EC2 hasn't the machines: trying again at once is no use, trying elsewhere may be. */
export function isCapacityShort(error: unknown): boolean {
  return /^(InsufficientInstanceCapacity|InsufficientHostCapacity|InsufficientReservedInstanceCapacity|InsufficientCapacity|InsufficientFreeAddressesInSubnet|SpotMaxPriceTooLow|Unsupported)$/.test(
    awsCode(error),
  );
}

/** Whether the service stumbled: the same request may succeed in a moment. */
export function isServiceFault(error: unknown): boolean {
  const status = (error as SdkError).$metadata?.httpStatusCode ?? 0;
  return status >= 500 && !isCapacityShort(error);
}

/** Whether the request got no answer within its limit. The SDK calls a connection that broke a timeout as well. */
export function isTimeout(error: unknown): boolean {
  const { code, name } = error as SdkError;
  return name === 'TimeoutError' && !/^(ECONNRESET|EPIPE)$/.test(code ?? '');
}

/** Whether the request never got an answer. What became of it is not known. */
export function isNetworkFault(error: unknown): boolean {
  const { code, $metadata } = error as SdkError;
  if ($metadata?.httpStatusCode !== undefined) return false;
  return (
    isTimeout(error) ||
    /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|UND_ERR_.*)$/.test(
      code ?? '',
    ) ||
    /socket hang up|Connection timed out|non-terminated|aborted/i.test((error as Error).message)
  );
}

/**
 * Whether a call may have been carried out though it failed: its reply was lost, here or between AWS's own machines. What is refused
 * for load (503) was not begun.
 */
export function mayBeDone(error: unknown): boolean {
  const status = (error as SdkError).$metadata?.httpStatusCode ?? 0;
  return isNetworkFault(error) || (isServiceFault(error) && status !== 503 && !isThrottling(error));
}

/** Whether EC2 could not be reached this time: for whoever looks again and again that is no answer. */
export function isUnreachable(error: unknown): boolean {
  return isClusterError(error, 'AWS_UNREACHABLE');
}

/** Whether the credentials were good once: asking for new ones may help. */
export function isExpired(error: unknown): boolean {
  return /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/.test(awsCode(error));
}

/**
 * An error of the SDK in our words, with what to do.
 *
 * @param action the IAM action that was asked for, such as `ec2:RunInstances`
 * @param now milliseconds since the epoch, to say how far off the clock is
 */
export function awsError(error: unknown, action: string, now: number): ClusterError {
  if (isClusterError(error)) return error;
  const code = awsCode(error);
  const { message, $metadata } = error as SdkError;
  const details = { action, awsCode: code, requestId: $metadata?.requestId ?? null };
  const make = (ours: ErrorCode, text: string, remedies: readonly Remedy[] = []): ClusterError =>
    new ClusterError(ours, text, { cause: error, details, remedies });
  const quoted = `${code}: ${firstSentences(message)}`;

  if (/^(CredentialsProviderError|TokenProviderError|ProviderError)$/.test((error as Error).name))
    return credentialsError(error as Error, make);
  if (isExpired(error))
    return make('AWS_CREDENTIALS_EXPIRED', `The AWS credentials have expired (${code}).`, [
      runProgram('Sign in to AWS again.', 'aws', 'sso', 'login'),
    ]);
  if (
    /^(RequestTimeTooSkewed|SignatureDoesNotMatch|InvalidSignatureException)$/.test(code) ||
    isSkew(message)
  ) {
    const off = clockOffset(error as SdkError, now);
    if (off !== undefined && Math.abs(off) > 60)
      return make(
        'AWS_CLOCK_SKEWED',
        `AWS rejected the request because this machine’s clock is off by ${Math.round(Math.abs(off))} s (${off > 0 ? 'ahead' : 'behind'}).`,
        [runProgram('Synchronize the clock.', 'timedatectl', 'set-ntp', 'true')],
      );
  }
  if (
    /^(AuthFailure|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidAccessKeyId|MissingAuthenticationToken|OptInRequired)$/.test(
      code,
    )
  )
    return make('AWS_CREDENTIALS_INVALID', `AWS rejected the credentials: ${quoted}`, [
      runProgram('Check the AWS profile and its access keys.', 'aws', 'sts', 'get-caller-identity'),
    ]);
  if (/^(UnauthorizedOperation|AccessDenied(Exception)?|Client\.UnauthorizedOperation)$/.test(code))
    return make(
      'AWS_PERMISSION_DENIED',
      `The AWS credentials lack the permission ${deniedAction(message) ?? action}.`,
      [
        ...advice(`Add ${deniedAction(message) ?? action} to the IAM policy of the user or role.`),
        setOption('Or use another AWS profile.', 'providers.ec2.profile'),
      ],
    );
  if (
    /^(VcpuLimitExceeded|InstanceLimitExceeded|MaxSpotInstanceCountExceeded|SecurityGroupLimitExceeded|VolumeLimitExceeded|AddressLimitExceeded|MaxScheduledInstanceCapacityExceeded|RulesPerSecurityGroupLimitExceeded|ResourceCountExceeded)$/.test(
      code,
    )
  )
    return make(
      'AWS_QUOTA_EXCEEDED',
      `A service quota of the AWS account is exceeded: ${quoted}`,
      advice(
        'Use fewer or smaller nodes, or request a quota increase in the Service Quotas console (Amazon EC2).',
      ),
    );
  if (isCapacityShort(error)) return make('AWS_CAPACITY_SHORT', quoted);
  if (isThrottling(error))
    return make(
      'AWS_THROTTLED',
      `AWS throttled the request: ${quoted}`,
      advice('Try again in a few minutes.'),
    );
  if (
    /\.NotFound$|^InvalidParameterValue$|\.Malformed$|^Invalid(AMIID|Subnet|KeyPair|Group|VpcID)/.test(
      code,
    )
  )
    return make('AWS_RESOURCE_NOT_FOUND', quoted);
  if ($metadata?.httpStatusCode === 407)
    return make(
      'AWS_UNREACHABLE',
      `The proxy requires a valid user name and password (${action}).`,
      advice('Specify them in HTTPS_PROXY, such as http://user:password@proxy.example.com:3128.'),
    );
  if (error instanceof StrangeAnswer)
    return make(
      'AWS_UNREACHABLE',
      `The response to ${action} did not come from AWS: ${message}.`,
      advice(
        'A proxy or a captive portal may have responded instead: sign in to the network in a browser, or check HTTPS_PROXY and AWS_ENDPOINT_URL, and try again.',
      ),
    );
  if (isUntrusted(error))
    return make(
      'AWS_UNREACHABLE',
      `The TLS certificate of AWS, or of a proxy, is not trusted by this machine (${action}): ${message}.`,
      advice(untrustedAdvice),
    );
  if (isNetworkFault(error))
    return make(
      'AWS_UNREACHABLE',
      `AWS can’t be reached (${action}): ${message}.`,
      advice('Check the network connection, the Region and AWS_ENDPOINT_URL.'),
    );
  if (/^Region not accepted/.test(message))
    return make(
      'AWS_RESOURCE_NOT_FOUND',
      `This is not an AWS Region: ${message.replace(/^Region not accepted: region=("[^"]*").*$/s, '$1')}.`,
      [setOption('Specify the Region.', 'providers.ec2.region', 'us-east-1')],
    );
  // Without an answer, whoever failed isn't AWS.
  if ($metadata?.httpStatusCode === undefined)
    return make(
      'AWS_REQUEST_FAILED',
      `${action} failed before AWS was asked: ${firstSentences(message)}`,
      advice('Check the AWS configuration and the environment variables that begin with AWS_.'),
    );
  return make('AWS_REQUEST_FAILED', `AWS rejected ${action}: ${quoted}`);
}

function credentialsError(
  error: Error,
  make: (code: ErrorCode, text: string, remedies?: readonly Remedy[]) => ClusterError,
): ClusterError {
  if (/expired|invalid.*token|refresh/i.test(error.message))
    return make(
      'AWS_CREDENTIALS_EXPIRED',
      `The AWS sign-in session has expired: ${firstSentences(error.message)}`,
      [runProgram('Sign in to AWS again.', 'aws', 'sso', 'login')],
    );
  return make(
    'AWS_CREDENTIALS_MISSING',
    `No AWS credentials found: ${firstSentences(error.message)}`,
    [
      runProgram('Configure AWS credentials.', 'aws', 'configure', 'sso'),
      setOption('Or use an AWS profile that has credentials.', 'providers.ec2.profile'),
      setOption('Or launch on this machine, which requires no AWS account.', 'provider', 'local'),
    ],
  );
}

function isSkew(message: string): boolean {
  return /not yet current|clock|Signature expired/i.test(message);
}

/** How many seconds this machine's clock is ahead of AWS's, told by the answer's own date. */
function clockOffset(error: SdkError, now: number): number | undefined {
  const date = Date.parse(error.$response?.headers?.['date'] ?? '');
  return Number.isNaN(date) ? undefined : (now - date) / 1000;
}

/** The action that AWS's message names, as in "not authorized to perform: ec2:RunInstances on resource: …". */
function deniedAction(message: string): string | undefined {
  return /perform(?:ing)?:? ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1];
}

/** AWS's words without the encoded authorization message, which is of no use to a person. */
function firstSentences(message: string): string {
  return message
    .replace(/\s*Encoded authorization failure message:.*$/s, '')
    .replace(/\s+/g, ' ')
    .trim();
}
