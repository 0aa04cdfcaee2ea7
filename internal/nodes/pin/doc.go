// Package pin is TLS that trusts the grid's own certificate authority and no other.
// At first contact the authority is recognised by the fingerprint in a token
// ([Trust]); afterwards by the certificate that was kept ([Transport]).
//
// Names are not compared: the authority certifies nobody but its own servers for
// serving, so that a server may be reached by any name, address or tunnel, as may
// a node.
//
// Both go through HTTP proxies (CONNECT) as the environment or the options say. A
// proxy that inspects TLS presents certificates of its own authority; whoever
// accepts it by [Options].ExtraCA lets it read what is sent, but not forge the
// node's requests, which are signed above TLS (package sign), nor programs and files,
// which are signed or named by digest. It is trusted not to alter other answers.
package pin
