"""The lab's server: Moto's API on 127.0.0.1, whose instances are machines; metadata; downloads; the lab's own routes.

Started by supervise.sh inside the lab's namespaces. LAB_RUN is the lab's folder, LAB_DOWNLOADS what is served.
"""

import json
import logging
import os
import threading

# Moto takes any image, key and type unless it is told to look.
os.environ.update(
    MOTO_ENABLE_AMI_VALIDATION="true", MOTO_ENABLE_KEYPAIR_VALIDATION="true", MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION="true"
)

import control
import downloads
import firewall
import gateway
import images
import instances
import metadata
import moto_fixes
import places
import s3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def main():
    images.install()
    instances.install()
    moto_fixes.install()
    threading.Thread(target=firewall.run, args=(instances.by_place,), daemon=True).start()
    threading.Thread(target=metadata.run, daemon=True).start()
    downloads.run()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = DomainDispatcherApplication(create_backend_app)
    s3.run(moto)
    app = gateway.Gateway(moto, control.answer)
    server = make_server("127.0.0.1", places.API_PORT, app, threaded=True)
    with open(os.path.join(places.RUN, "ready"), "w", encoding="utf8") as file:
        json.dump({"endpoint": f"http://127.0.0.1:{places.API_PORT}"}, file)
    server.serve_forever()


if __name__ == "__main__":
    main()
