// Package seccomp decides which system calls a job may make.
//
// A [Policy] becomes a filter, a classic BPF program that the kernel runs before
// every system call of the job (seccomp(2)). The filter is an allow-list:
//
//   - a call on the allow-list works, some of them depending on their arguments
//     (a rule);
//   - a call on the refuse-list fails with EPERM: it exists and is dangerous or
//     pointless in a sandbox;
//   - every other call fails with ENOSYS, as on a kernel that doesn't have it, so
//     that C libraries fall back to older calls. That covers io_uring, clone3,
//     openat2, memfd_create and whatever kernels to come will add;
//   - a call of another architecture (32-bit x86) kills the process.
//
// The filter is one of several walls: mounts without exec, Landlock and namespaces
// stand by themselves. It enforces the paper's ban on code that changes itself
// (paper, 4.3.2) together with PR_SET_MDWE.
package seccomp
