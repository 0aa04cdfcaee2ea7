/* What all probes share. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/netlink.h>
#include <netinet/in.h>

/* A probe gives 0 when its act succeeded, else -1 with errno. */
struct probe { const char *name; int (*act)(void); };
extern struct probe code_probes[], escape_probes[], host_probes[];

/* Machine code that returns 42. */
#if defined(__x86_64__)
static const unsigned char returns42[] = {0xb8, 42, 0, 0, 0, 0xc3};
#elif defined(__aarch64__)
static const unsigned char returns42[] = {0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6};
#endif
typedef int (*function)(void);
int main(int, char **);

/* runs tells by 0 whether the code at p could be executed. */
static inline int runs(void *p) {
	__builtin___clear_cache((char *)p, (char *)p + sizeof returns42);
	return ((function)p)() == 42 ? 0 : -1;
}

static inline int refused(int err) { errno = err; return -1; }
