// Command fallow-agent is the desktop daemon: it makes a machine a node of a grid
// and works for it. It links nothing of the server.
package main
