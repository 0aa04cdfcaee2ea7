// Package scheduler decides which subjobs go to which nodes: a pure function from
// a [Snapshot] to a [Plan]. It has no clock, does no I/O and keeps nothing between
// calls; whoever calls it reads the snapshot from the store and writes the plan
// back in one transaction.
//
// Jobs are served in the order given. The subjobs of a job are dealt one at a time,
// always to the node that got fewest so far in this round, so that nodes that ask
// together share what there is. Subjobs that were leased before go first, and to a
// node that has not failed them yet (paper, 4.2.3).
//
// [Explain] tells in words which nodes fail which requirement of a job.
package scheduler
