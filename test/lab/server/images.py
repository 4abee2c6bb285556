"""The machine images: what the lab adds to Moto's list, and which of the lab's root file systems an image boots from."""

import base64
import os

import places
from moto.ec2.models import EC2Backend, amis

OWNER = "136693071363"
# The same ids are in images.ts.
IMAGES = {
    "ami-0deb1200000000001": ("debian", "x86_64", "debian-12-amd64-lab"),
    "ami-0deb1200000000002": ("debian-java", "x86_64", "debian-12-java-amd64-lab"),
    "ami-0deb1200000000003": ("debian-plain", "x86_64", "debian-12-plain-amd64-lab"),
    "ami-0deb1200000000004": ("debian", "arm64", "debian-12-arm64-lab"),
}


def name_of(image_id):
    return IMAGES[image_id][0] if image_id in IMAGES else "debian-java"


def public_key_of(instance):
    pair = instance.ec2_backend.key_pairs.get(instance.key_name)
    material = getattr(pair, "material_public", None)
    return material.decode().strip() if isinstance(material, bytes) else (material or "").strip()


def install():
    moto_load = amis.AmiBackend._load_amis

    def load(self):
        moto_load(self)
        for image_id, (name, architecture, title) in IMAGES.items():
            self.amis[image_id] = amis.Ami(
                self, image_id, name=title, description=f"The lab's image {name}", owner_id=OWNER, public=True,
                virtualization_type="hvm", architecture=architecture, hypervisor="xen", root_device_type="ebs",
                root_device_name="/dev/xvda", creation_date=amis.parse_timestamp("2026-01-01T00:00:00.000Z"),
            )

    amis.AmiBackend._load_amis = load

    moto_describe = amis.AmiBackend.describe_images

    def describe(self, ami_ids=None, filters=None, **options):
        # Every new instance asks so; Moto would compare the id with those of all images.
        if not ami_ids and filters and set(filters) == {"image-id"} and isinstance(filters["image-id"], str):
            return [self.amis[filters["image-id"]]] if filters["image-id"] in self.amis else []
        return moto_describe(self, ami_ids=ami_ids, filters=filters, **options)

    amis.AmiBackend.describe_images = describe
    # Moto says 15 GB of magnetic disk and leaves out what EC2 answers.
    amis.Ami.block_device_mappings = property(lambda self: [{
        "DeviceName": self.root_device_name,
        "Ebs": {
            "SnapshotId": self.ebs_snapshot.id, "VolumeSize": 8, "DeleteOnTermination": True, "VolumeType": "gp3", "Encrypted": False,
        },
    }])

    moto_init = EC2Backend.__init__

    def init(self, *arguments, **options):
        moto_init(self, *arguments, **options)
        if os.path.exists(places.PUBLIC_KEY_FILE):
            with open(places.PUBLIC_KEY_FILE, encoding="utf8") as file:
                self.import_key_pair(places.KEY_NAME, file.read().strip().encode(), {})

    EC2Backend.__init__ = init


def user_data_of(instance):
    """User data as the instance sees it: bytes, or None."""
    if not instance.user_data:
        return None
    return base64.b64decode(str(instance.user_data))
