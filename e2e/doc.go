// Package e2e tests the programs as their users run them: a real server, real
// agents, real jobs in real sandboxes on this machine, and real faults.
//
// A grid is a server and its nodes, each a process with a folder of its own below
// the test's; tests use it as people do, by the CLI, and look at it as the CLI does,
// by package client. As root, nodes run as root unless the test says otherwise; then
// subjobs have the account of every agent that is root.
package e2e
