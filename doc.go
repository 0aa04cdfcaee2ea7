// Package fallow is the domain of a desktop grid: the words that every layer
// shares and nothing else. It depends on the standard library only and does no
// I/O.
//
// The vocabulary, one word for one thing everywhere:
//
//   - a [Job] is one logical piece of work as its owner thinks of it; one result
//     comes out of it;
//   - a subjob, named by a [SubjobID], is the unit that is scheduled and run on one
//     node;
//   - an [Attempt] is one run of one subjob on one node, and ends in exactly one
//     [Outcome];
//   - a lease is a node's time-limited right to an attempt, renewed by heartbeat;
//   - a [Node] is a desktop PC that runs the agent;
//   - a bundle is a wrapped application, described by its signed [Manifest];
//   - the EVM is the virtual machine in which an attempt runs on a node.
//
// The source of the vocabulary is "The Entropia Virtual Machine for Desktop
// Grids" (Calder et al., VEE 2005), sections 2 and 4.
package fallow
