// Package store keeps what the grid must not forget: users, jobs, subjobs,
// attempts and nodes, in SQL.
//
// One [Store] is opened by package sqlite below this one; every implementation
// passes the conformance suite in package storetest. All work happens in
// transactions: [Store.View] reads one consistent state, [Store.Update] reads and
// writes, and what it wrote is durable when it returns. Callers batch: one Update
// carries many nodes' leases or outcomes (group commit).
//
// A subjob has no row until it is first leased, so that submitting ten million
// subjobs writes one row: a job's Next is the index from which on no subjob was
// ever leased.
package store
