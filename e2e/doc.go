// Package e2e tests the programs as their users run them: a real server, real
// agents, real jobs in real sandboxes on this machine, and real faults.
package e2e
