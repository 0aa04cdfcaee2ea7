// Package server is the grid's server: thin handlers over the layers below. It
// says who may call what, translates between the wire and the domain, and runs
// what must run beside: the watch over leases and the collection of results.
//
// One port serves everything over TLS: the Connect services of package rpc, files
// by digest under /v1/files/, and /healthz.
package server
