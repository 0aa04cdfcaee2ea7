// Package keys is a node's identity on its disk: one folder with the node's private
// key and with what it learnt when it joined. The key is made on the node and never
// leaves it.
package keys
