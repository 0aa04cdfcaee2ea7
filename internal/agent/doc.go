// Package agent is the desktop daemon's loop: it leases attempts, stages their
// files, runs them in the EVM and reports their outcomes, renewing its leases
// meanwhile.
//
// It only dials out. Everything it keeps lies in one folder: the node's identity,
// a cache of files, laid-out bundles, and a folder for each attempt that runs.
package agent
