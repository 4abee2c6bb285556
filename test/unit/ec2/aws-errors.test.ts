import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../src/model/errors.ts';
import {
  awsCode,
  awsError,
  isCapacityShort,
  isExpired,
  isNetworkFault,
  isServiceFault,
  isThrottling,
} from '../../../src/providers/ec2/api/aws-errors.ts';

/** An error as the SDK throws it. */
function sdkError(name: string, message = 'no more words', status?: number, date?: string): Error {
  return Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status, requestId: 'req-1' },
    $response: { headers: date === undefined ? {} : { date } },
  });
}

const now = Date.parse('2026-07-01T12:00:00Z');

describe('awsError', () => {
  it.each([
    ['ExpiredToken', 'AWS_CREDENTIALS_EXPIRED'],
    ['RequestExpired', 'AWS_CREDENTIALS_EXPIRED'],
    ['AuthFailure', 'AWS_CREDENTIALS_INVALID'],
    ['SignatureDoesNotMatch', 'AWS_CREDENTIALS_INVALID'],
    ['OptInRequired', 'AWS_CREDENTIALS_INVALID'],
    ['UnauthorizedOperation', 'AWS_PERMISSION_DENIED'],
    ['AccessDeniedException', 'AWS_PERMISSION_DENIED'],
    ['VcpuLimitExceeded', 'AWS_QUOTA_EXCEEDED'],
    ['SecurityGroupLimitExceeded', 'AWS_QUOTA_EXCEEDED'],
    ['InsufficientInstanceCapacity', 'AWS_CAPACITY_SHORT'],
    ['RequestLimitExceeded', 'AWS_THROTTLED'],
    ['InvalidAMIID.NotFound', 'AWS_RESOURCE_NOT_FOUND'],
    ['InvalidGroup.NotFound', 'AWS_RESOURCE_NOT_FOUND'],
    ['SomethingNew', 'AWS_REQUEST_FAILED'],
  ] as const)('knows %s', (code, ours) => {
    const error = awsError(sdkError(code, 'Because of that.', 400), 'ec2:RunInstances', now);
    expect(error.code).toBe(ours);
    expect(error.details).toMatchObject({
      action: 'ec2:RunInstances',
      awsCode: code,
      requestId: 'req-1',
    });
    expect(awsCode(error)).toBe(code);
  });

  it('names the action that was denied, without AWS’s encoded message', () => {
    const message =
      'You are not authorized to perform this operation. User: arn:aws:iam::1:user/me is not authorized to perform: iam:PassRole on resource: x. Encoded authorization failure message: SECRETLOOKING';
    const error = awsError(
      sdkError('UnauthorizedOperation', message, 403),
      'ec2:RunInstances',
      now,
    );
    expect(error.message).toContain('iam:PassRole');
    expect(error.message).not.toContain('SECRETLOOKING');
    const silent = awsError(sdkError('UnauthorizedOperation', 'No.', 403), 'ec2:CreateTags', now);
    expect(silent.message).toContain('ec2:CreateTags');
  });

  it.each([
    ['Wed, 01 Jul 2026 11:50:00 GMT', '600 s (ahead)'],
    ['Wed, 01 Jul 2026 12:10:00 GMT', '600 s (behind)'],
  ])('tells how far off the clock is by AWS’s date %s', (date, words) => {
    for (const code of ['RequestTimeTooSkewed', 'SignatureDoesNotMatch']) {
      const error = awsError(sdkError(code, 'x', 403, date), 'ec2:DescribeVpcs', now);
      expect([error.code, error.message]).toEqual([
        'AWS_CLOCK_SKEWED',
        expect.stringContaining(words),
      ]);
    }
    const auth = sdkError('AuthFailure', 'Signature expired: 2026 is now earlier', 401, date);
    expect(awsError(auth, 'ec2:DescribeVpcs', now).code).toBe('AWS_CLOCK_SKEWED');
  });

  it('does not blame a clock that is right', () => {
    const error = sdkError('SignatureDoesNotMatch', 'x', 403, 'Wed, 01 Jul 2026 12:00:05 GMT');
    expect(awsError(error, 'ec2:DescribeVpcs', now).code).toBe('AWS_CREDENTIALS_INVALID');
  });

  it('tells missing credentials from a login that is over', () => {
    const missing = sdkError('CredentialsProviderError', 'Could not load credentials');
    expect(awsError(missing, 'x', now).code).toBe('AWS_CREDENTIALS_MISSING');
    const over = sdkError('TokenProviderError', 'The SSO session has expired or is invalid');
    expect(awsError(over, 'x', now).code).toBe('AWS_CREDENTIALS_EXPIRED');
  });

  it('leaves ours as they are', () => {
    const ours = new ClusterError('CLUSTER_EXISTS', 'taken');
    expect(awsError(ours, 'ec2:RunInstances', now)).toBe(ours);
  });
});

describe('kinds of errors', () => {
  it('capacity is not a fault of the service, whatever its status', () => {
    const error = sdkError('InsufficientInstanceCapacity', 'x', 500);
    expect([isCapacityShort(error), isServiceFault(error), isThrottling(error)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isServiceFault(sdkError('InternalError', 'x', 500))).toBe(true);
    expect(isServiceFault(sdkError('InvalidParameterValue', 'x', 400))).toBe(false);
  });

  it('an answer is no fault of the network, whatever it says', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(isNetworkFault(refused)).toBe(true);
    expect(isNetworkFault(Object.assign(new Error('x'), { name: 'TimeoutError' }))).toBe(true);
    expect(isNetworkFault(sdkError('RequestAborted', 'aborted', 400))).toBe(false);
    expect(isNetworkFault(new Error('something else'))).toBe(false);
  });

  it('credentials that were good once are asked for again', () => {
    expect(isExpired(sdkError('ExpiredTokenException'))).toBe(true);
    expect(isExpired(sdkError('AuthFailure'))).toBe(false);
  });
});
