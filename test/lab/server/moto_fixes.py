"""Where Moto is kinder than EC2, or leaves out what clients need."""

import base64
import os

import firewall
import instances
import ledger
import places
import pricing
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import instances as moto_instances, security_groups
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.responses import general, instances as instance_responses, spot_instances
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

CONSOLE_BYTES = 65536


def _console_of(instance_id, limit=None):
    try:
        with open(os.path.join(places.host_folder(instance_id), "console.log"), "rb") as file:
            text = file.read()
    except OSError:
        return b""
    return text[-limit:] if limit else text


def _get_console_output(self):
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    output = base64.b64encode(_console_of(instance.id, CONSOLE_BYTES)).decode()
    return ActionResult({"InstanceId": instance.id, "Timestamp": utcnow(), "Output": output})


def _refuse_to_delete(self, group_id):
    """Moto deletes any group. EC2 doesn't while an instance is in it or another group's rule names it, nor the default one."""
    group = self.get_security_group_from_id(group_id)
    if group is None:
        return
    if group.name == "default":
        raise EC2ClientError("CannotDelete", "the specified group: \"" + group_id + "\" name: \"default\" cannot be deleted by a user")
    for instance in list(instances.by_place.values()):
        if any(each.id == group_id for each in firewall.groups_of(instance)):
            raise EC2ClientError("DependencyViolation", f"resource {group_id} has a dependent object")
    for other in [each for groups in self.groups.values() for each in groups.values() if each.id != group_id]:
        if any(rule.source_group.get("GroupId") == group_id for rule in other.ingress_rules + other.egress_rules):
            raise EC2ClientError("DependencyViolation", f"resource {group_id} has a dependent object")


def _describe_spot_price_history(self):
    """Moto has one price for everything."""
    filters = self._filters_from_querystring()
    kinds = self._get_param("InstanceTypes", []) or filters.get("instance-type", list(pricing.prices["instances"]))
    zones = filters.get("availability-zone") or [self._get_param("AvailabilityZone")]
    if zones == [None]:
        zones = [f"{self.region}{letter}" for letter in "abc"]
    return ActionResult({"SpotPriceHistory": [
        {
            "InstanceType": kind, "ProductDescription": "Linux/UNIX", "SpotPrice": f"{pricing.spot_price(kind):.6f}",
            "AvailabilityZone": zone, "Timestamp": utcnow(),
        }
        for kind in kinds if pricing.spot_price(kind) is not None for zone in zones
    ]})


def _setup_defaults(self):
    """The disk of an instance whose request names none: the image's."""
    volume = self.ec2_backend.create_volume(size=8, zone_name=self._placement.zone, volume_type="gp3")
    self.ec2_backend.attach_volume(volume.id, self.id, self.root_device_name, True)


def _get_tags(self):
    """Moto looks through the tags of everything for those of one resource: with a thousand instances an answer takes half a minute."""
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id or ""), "")
    return [
        {"resource_id": self.id, "key": key, "value": value, "resource_type": kind}
        for key, value in ledger.shown_tags(self.id, self.ec2_backend.tags.get(self.id, {}).copy()).items()
    ]


def install():
    TaggedEC2Resource.get_tags = _get_tags
    moto_instances.Instance.setup_defaults = _setup_defaults
    spot_instances.SpotInstances.describe_spot_price_history = _describe_spot_price_history
    general.General.get_console_output = _get_console_output

    moto_delete = security_groups.SecurityGroupBackend._delete_security_group

    def delete(self, vpc_id, group_id):
        _refuse_to_delete(self, group_id)
        return moto_delete(self, vpc_id, group_id)

    security_groups.SecurityGroupBackend._delete_security_group = delete

    moto_describe_groups = security_groups.SecurityGroupBackend.describe_security_groups

    def describe_groups(self, *args, **kwargs):
        return [group for group in moto_describe_groups(self, *args, **kwargs) if not ledger.is_hidden(group.id)]

    security_groups.SecurityGroupBackend.describe_security_groups = describe_groups

    # Moto refuses VirtualName=ephemeralN; EC2 takes it, and ignores it on types without instance store.
    response = instance_responses.InstanceResponse
    moto_validate = response._validate_block_device_mapping
    moto_parse = response._parse_block_device_mapping
    response._validate_block_device_mapping = staticmethod(
        lambda device: None if device.get("VirtualName") else moto_validate(device)
    )
    response._parse_block_device_mapping = lambda self: [
        mapping for mapping in moto_parse(self) if not mapping.get("VirtualName")
    ]

    moto_metadata_options = instance_responses.InstanceResponse.modify_instance_metadata_options

    def modify_metadata_options(self):
        # Moto forgets the options that a call doesn't name.
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        before = vars(instance.metadata_options).copy()
        result = moto_metadata_options(self)
        for name, value in vars(instance.metadata_options).items():
            if value is None:
                setattr(instance.metadata_options, name, before[name])
        return result

    instance_responses.InstanceResponse.modify_instance_metadata_options = modify_metadata_options
