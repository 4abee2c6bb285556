"""AWS Price List (`AWSPriceListService.GetProducts`), which Moto doesn't have: the few products that a launch's price is made of,
in the shape of AWS's own answers."""

import hashlib
import json

from settings import lock

# US dollars: an hour of a type, an hour of a public IPv4 address, a month of a gigabyte. On demand, Linux, us-east-1.
DEFAULTS = {
    "instances": {
        "t3.micro": 0.0104, "t3.medium": 0.0416, "t2.medium": 0.0464, "m5.large": 0.096, "m5.xlarge": 0.192, "m6i.large": 0.096,
        "m6g.large": 0.077, "c5.large": 0.085, "r5.large": 0.126, "m5d.large": 0.113, "i3.large": 0.156,
    },
    # An hour on the spot market; of a type that isn't here, a share of its price on demand.
    "spot": {},
    "gp3": 0.08,
    "publicIpv4": 0.005,
}
_SPOT_SHARE = 0.4
prices = {}

_LOCATIONS = {
    "us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)", "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)", "eu-central-1": "EU (Frankfurt)",
}


def reset():
    with lock:
        prices.clear()
        prices.update(DEFAULTS, instances=dict(DEFAULTS["instances"]), spot=dict(DEFAULTS["spot"]))


reset()


def change(changes):
    with lock:
        for name, value in changes.items():
            if name in ("instances", "spot"):
                prices[name].update(value)
            elif name in prices:
                prices[name] = value
            else:
                raise ValueError(f"There is no price {name}.")
        return {**prices, "instances": dict(prices["instances"]), "spot": dict(prices["spot"])}


def spot_price(kind):
    """Of a type, or None."""
    on_demand = prices["instances"].get(kind)
    return prices["spot"].get(kind, None if on_demand is None else round(on_demand * _SPOT_SHARE, 6))


def _product(service, family, attributes, unit, dollars, description):
    sku = hashlib.sha256(json.dumps(attributes, sort_keys=True).encode()).hexdigest()[:16].upper()
    term = f"{sku}.JRTCKXETXF"
    rate = f"{term}.6YS6EN2CT7"
    return {
        "product": {"productFamily": family, "attributes": attributes, "sku": sku},
        "serviceCode": service,
        "terms": {"OnDemand": {term: {
            "priceDimensions": {rate: {
                "unit": unit, "endRange": "Inf", "description": description, "appliesTo": [], "rateCode": rate, "beginRange": "0",
                "pricePerUnit": {"USD": f"{dollars:.10f}"},
            }},
            "sku": sku, "effectiveDate": "2026-01-01T00:00:00Z", "offerTermCode": "JRTCKXETXF", "termAttributes": {},
        }}},
        "version": "20260101000000",
        "publicationDate": "2026-01-01T00:00:00Z",
    }


def _place(region):
    return {"regionCode": region, "location": _LOCATIONS.get(region, region), "locationType": "AWS Region"}


def _instance(region, kind, dollars):
    attributes = {
        **_place(region), "servicecode": "AmazonEC2", "servicename": "Amazon Elastic Compute Cloud", "instanceType": kind,
        "operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used",
        "licenseModel": "No License required", "operation": "RunInstances", "usagetype": f"BoxUsage:{kind}",
        "marketoption": "OnDemand", "currentGeneration": "Yes", "instanceFamily": "General purpose",
    }
    text = f"${dollars} per On Demand Linux {kind} Instance Hour"
    return _product("AmazonEC2", "Compute Instance", attributes, "Hrs", dollars, text)


def _storage(region, dollars):
    attributes = {
        **_place(region), "servicecode": "AmazonEC2", "servicename": "Amazon Elastic Compute Cloud", "volumeApiName": "gp3",
        "volumeType": "General Purpose", "storageMedia": "SSD-backed", "usagetype": "EBS:VolumeUsage.gp3", "operation": "",
        "maxVolumeSize": "64 TiB",
    }
    text = f"${dollars} per GB-month of General Purpose (gp3) provisioned storage - {_LOCATIONS.get(region, region)}"
    return _product("AmazonEC2", "Storage", attributes, "GB-Mo", dollars, text)


def _address(region, dollars):
    attributes = {
        **_place(region), "servicecode": "AmazonVPC", "servicename": "Amazon Virtual Private Cloud",
        "group": "VPCPublicIPv4Address", "groupDescription": "Hourly charge for In-use Public IPv4 Addresses",
        "usagetype": f"{'' if region == 'us-east-1' else region + '-'}PublicIPv4:InUseAddress", "operation": "",
    }
    text = f"${dollars} per In-use public IPv4 address per hour"
    return _product("AmazonVPC", "VpcPublicIPv4", attributes, "Hrs", dollars, text)


def _products(region):
    yield from (_instance(region, kind, dollars) for kind, dollars in sorted(prices["instances"].items()))
    yield _storage(region, prices["gp3"])
    yield _address(region, prices["publicIpv4"])


def get_products(request):
    """The answer to GetProducts: (status, body)."""
    filters = [(each["Field"], each["Value"]) for each in request.get("Filters", [])]
    regions = [value for field, value in filters if field == "regionCode"]
    regions += [region for field, value in filters if field == "location" for region, name in _LOCATIONS.items() if name == value]
    service = request.get("ServiceCode")
    if service not in ("AmazonEC2", "AmazonVPC"):
        return 400, {"__type": "InvalidParameterException", "message": f"Unknown service code: {service}"}
    found = []
    with lock:
        for product in _products(regions[0] if regions else "us-east-1"):
            attributes = {**product["product"]["attributes"], "productFamily": product["product"]["productFamily"]}
            if product["serviceCode"] == service and all(attributes.get(field) == value for field, value in filters):
                found.append(json.dumps(product))
    start = int(request.get("NextToken") or 0)
    size = min(int(request.get("MaxResults") or 100), 100)
    answer = {"FormatVersion": "aws_v1", "PriceList": found[start:start + size]}
    if len(found) > start + size:
        answer["NextToken"] = str(start + size)
    return 200, answer
