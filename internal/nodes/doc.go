// Package nodes is Physical Node Management's map: who a node is, and how it and a
// server recognise each other (paper, section 2.1). It holds no code; each part is
// a package of its own, so that an agent links only what an agent needs:
//
//   - pki: the server's certificate authority, and the key that signs bundles;
//   - token: the text that invites a machine (join token) or a person (login token);
//   - pin: TLS that trusts the grid's own authority, through HTTP proxies;
//   - nodecert: what a node's certificate says;
//   - sign: the node's signature over its requests, above TLS;
//   - verify: the server's check of that signature;
//   - keys: a node's identity on its disk;
//   - keyfile: folders of keys that only their owner can read.
//
// pki and verify are the server's; all others are common or the agent's.
package nodes
