// Package dispatch is the server's hot path: nodes' asks for work go in and leases
// come out, outcomes go in and their consequences come out.
//
// It composes the store with two pure packages: scheduler decides who gets what,
// blame decides what follows from an outcome. Calls that arrive together share a
// transaction (package batch), and nothing is answered before it is durable. No
// call here costs more because the grid or a queue is larger.
package dispatch
