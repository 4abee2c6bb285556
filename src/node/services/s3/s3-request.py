# How curl is to ask S3 for an object, as a configuration for it (`curl --config`): s3-request.py s3://BUCKET/KEY [ENDPOINT]
#
# Signed by the role of the instance profile (Signature Version 4), else as anybody asks who may read a public bucket. In a file, not in
# arguments, which all users of the machine can read. Python 3.9, standard library only.
import datetime
import hashlib
import hmac
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

METADATA = "http://169.254.169.254/latest/"
PAYLOAD = "UNSIGNED-PAYLOAD"


def metadata(path, method="GET", **headers):
    request = urllib.request.Request(METADATA + path, headers={"X-aws-ec2-metadata-" + name: value for name, value in headers.items()}, method=method)
    # Never through a proxy, which would answer for itself.
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return answer.read().decode()


# The role's credentials, or none.
def credentials(token):
    try:
        role = metadata("meta-data/iam/security-credentials/", token=token).split()[0]
        return json.loads(metadata("meta-data/iam/security-credentials/" + role, token=token))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


# Where a bucket is: S3 says so to everybody. Where it can't be asked, like the node.
def region_of(bucket, region, domain):
    request = urllib.request.Request("https://s3.%s.%s/%s" % (region, domain, bucket), method="HEAD")
    try:
        headers = urllib.request.urlopen(request, timeout=10).headers
    except urllib.error.HTTPError as error:
        headers = error.headers
    except OSError:
        return region
    return headers.get("x-amz-bucket-region", region)


# The headers of a request, signed.
def sign(url, region, role, stamp):
    _, host, path, _, _ = urllib.parse.urlsplit(url)
    headers = {"host": host, "x-amz-content-sha256": PAYLOAD, "x-amz-date": stamp, "x-amz-security-token": role["Token"]}
    names = ";".join(headers)
    request = "\n".join(["GET", path, "", *("%s:%s" % header for header in headers.items()), "", names, PAYLOAD])
    scope = "%s/%s/s3/aws4_request" % (stamp[:8], region)
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + role["SecretAccessKey"]).encode()
    for word in scope.split("/") + [text]:
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    said = role["AccessKeyId"], scope, names, key.hex()
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % said
    del headers["host"]
    return headers


def main(source, endpoint=""):
    _, bucket, key, _, _ = urllib.parse.urlsplit(source)
    token = metadata("api/token", "PUT", **{"token-ttl-seconds": "300"})
    region = metadata("meta-data/placement/region", token=token)
    if endpoint:
        # As Hadoop has it: perhaps only the name of a host.
        base = (endpoint if "://" in endpoint else "https://" + endpoint).rstrip("/") + "/" + bucket
    else:
        domain = metadata("meta-data/services/domain", token=token)
        region = region_of(bucket, region, domain)
        # No certificate is for a name with more dots.
        base = ("https://s3.%s.%s/%s" % (region, domain, bucket)) if "." in bucket else "https://%s.s3.%s.%s" % (bucket, region, domain)
    url = base + urllib.parse.quote(urllib.parse.unquote(key), safe="/-_.~")
    print("url = \"%s\"" % url)
    role = credentials(token)
    if role:
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        for header in sign(url, region, role, stamp).items():
            print("header = \"%s: %s\"" % header)


main(*sys.argv[1:])
