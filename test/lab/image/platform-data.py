

def _collect_platform_data():
    return {
        "uuid": "ec2lab00",
        "uuid_source": "hypervisor",
        "serial": "",
        "asset_tag": "",
        "vendor": "amazon ec2",
        "product_name": "",
    }
