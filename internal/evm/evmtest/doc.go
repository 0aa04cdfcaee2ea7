// Package evmtest gives tests and benches what a virtual machine needs: PID 1's
// program, built once, and bundles' trees laid out from programs of the host.
package evmtest
