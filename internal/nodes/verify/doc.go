// Package verify is the server's check of the signatures that package sign makes:
// an http middleware that lets a request through only if it comes from a node of the
// grid, now, once and unaltered, and tells the handler which node that is.
package verify
