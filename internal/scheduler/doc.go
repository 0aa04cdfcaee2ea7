// Package scheduler decides which subjobs go to which nodes: a pure function from
// a [Snapshot] to a [Plan]. It has no clock, does no I/O and keeps nothing between
// calls; whoever calls it reads the snapshot from the store and writes the plan
// back in one transaction.
package scheduler
