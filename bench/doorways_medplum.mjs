// Another product's MLLP server that acknowledges and stores nothing: `node doorways_medplum.mjs PACKAGES PORT`.
// PACKAGES: a folder with @medplum/hl7 in its node_modules. Each message is parsed, and answered with the acknowledgement the package builds.

import { createRequire } from "node:module";
import net from "node:net";
import { join } from "node:path";

const [packages, port] = process.argv.slice(2);
const { Hl7Server } = createRequire(join(packages, "package.json"))("@medplum/hl7");

// Hl7Server listens on every address; a bench on loopback only.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (at) {
  return listen.call(this, at, "127.0.0.1");
};

new Hl7Server((connection) => {
  connection.addEventListener("message", ({ message }) => connection.send(message.buildAck({ ackCode: "CA" })));
}).start(Number(port));
