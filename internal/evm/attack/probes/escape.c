/* Attempts to gain rights or to reach what lies outside of the sandbox. */
#include "probe.h"

/* call makes a system call whose success alone is the breach. */
#define CALL(name, ...) static int call_##name(void) { return syscall(__VA_ARGS__) < 0 ? -1 : 0; }

CALL(unshare_user, SYS_unshare, CLONE_NEWUSER)
CALL(unshare_net, SYS_unshare, CLONE_NEWNET)
CALL(unshare_mount, SYS_unshare, CLONE_NEWNS)
CALL(setns_self, SYS_setns, 0, 0)
CALL(chroot_tmp, SYS_chroot, "/tmp")
CALL(mount_tmpfs, SYS_mount, "x", "/tmp", "tmpfs", 0, 0)
CALL(mount_remount, SYS_mount, "", "/work", "", MS_REMOUNT | MS_BIND, 0)
CALL(umount_work, SYS_umount2, "/work", MNT_DETACH)
CALL(pivot, SYS_pivot_root, ".", ".")
CALL(open_tree, 428, -100, "/", 1)
CALL(move_mount, 429, -1, "", -1, "", 0)
CALL(fsopen, 430, "tmpfs", 0)
CALL(mount_setattr, 442, -100, "/work", 0, 0, 0)
CALL(keyctl, SYS_keyctl, 0, -3, 1)
CALL(add_key, SYS_add_key, "user", "x", "y", 1, -3)
CALL(bpf, SYS_bpf, 0, 0, 0)
CALL(perf, SYS_perf_event_open, 0, 0, -1, -1, 0)
CALL(uring, 425, 1, 0)
CALL(userfault, SYS_userfaultfd, 0)
CALL(by_handle, SYS_open_by_handle_at, AT_FDCWD, 0, 0)
CALL(fanotify, SYS_fanotify_init, 0, 0)
CALL(syslog_read, SYS_syslog, 3, 0, 0)
CALL(kexec, SYS_kexec_load, 0, 0, 0, 0)
CALL(module, SYS_finit_module, 0, "", 0)
CALL(reboot, SYS_reboot, 0xfee1dead, 672274793, 0, 0)
CALL(swap, SYS_swapon, "/work/x", 0)
CALL(set_time, SYS_clock_settime, 0, 0)
CALL(set_hostname, SYS_sethostname, "x", 1)
CALL(quota, SYS_quotactl, 0, 0, 0, 0)
CALL(accounting, SYS_acct, 0)
CALL(kcmp, SYS_kcmp, 1, getpid(), 0, 0, 0)
CALL(pidfd_getfd, 438, 0, 0, 0)
CALL(set_uid_root, SYS_setuid, 0)
CALL(set_gid_root, SYS_setgid, 0)
CALL(device, SYS_mknodat, AT_FDCWD, "/work/device", S_IFBLK | 0600, 0)
CALL(move_pages, SYS_move_pages, 1, 0, 0, 0, 0, 0)

static int clone_user(void) {
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) _exit(0);
	return pid < 0 ? -1 : 0;
}

static int clone3_user(void) {
	uint64_t args[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD, 0, 0, 0};
	long pid = syscall(435, args, sizeof args);
	if (pid == 0) _exit(0);
	return pid < 0 ? -1 : 0;
}

static int tiocsti(void) { char c = 'x'; return ioctl(0, TIOCSTI, &c); }
static int tioclinux(void) { char c = 2; return ioctl(0, TIOCLINUX, &c); }

static int sock(int family, int type, int protocol) {
	int fd = socket(family, type, protocol);
	return fd < 0 ? -1 : close(fd);
}
static int vsock(void) { return sock(40, SOCK_STREAM, 0); }
static int alg(void) { return sock(38, SOCK_SEQPACKET, 0); }
static int packet(void) { return sock(AF_PACKET, SOCK_RAW, 0); }
static int raw(void) { return sock(AF_INET, SOCK_RAW, 1); }
static int bluetooth(void) { return sock(31, SOCK_RAW, 0); }
static int netfilter(void) { return sock(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER); }
static int audit(void) { return sock(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT); }
static int uevent(void) { return sock(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT); }

static int reach(const char *address, int port) {
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	unsigned char octets[4];
	sscanf(address, "%hhu.%hhu.%hhu.%hhu", octets, octets + 1, octets + 2, octets + 3);
	memcpy(&to.sin_addr, octets, 4);
	return connect(fd, (struct sockaddr *)&to, sizeof to);
}
static int internet(void) { return reach("192.0.2.1", 80); }
static int host_loopback(void) { return reach("127.0.0.1", HOST_PORT); }

static int abstract(void) {
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int n = snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "%s", HOST_SOCKET);
	return connect(fd, (struct sockaddr *)&to, offsetof(struct sockaddr_un, sun_path) + 1 + n);
}

static int kill_init(void) { return kill(1, SIGKILL); }
static int term_init(void) { return kill(1, SIGTERM); }
static int nothing_init(void) { return kill(1, 0); }
static int ptrace_init(void) { return ptrace(PTRACE_ATTACH, 1, 0, 0) ? -1 : 0; }
static int look(const char *path) { int fd = open(path, O_RDONLY); return fd < 0 ? -1 : close(fd); }
static int init_root(void) { return look("/proc/1/root"); }
static int init_fd(void) { return look("/proc/1/fd"); }
static int init_mem(void) { return look("/proc/1/mem"); }
static int init_maps(void) { return look("/proc/1/maps"); }
static int init_exe(void) { int fd = open("/proc/1/exe", O_WRONLY); return fd < 0 ? -1 : 0; }
static int init_environ(void) { return look("/proc/1/environ"); }

/* Descriptors above 2 that nobody here has opened. */
static int leaked(void) {
	for (int fd = 3; fd < 1024; fd++) if (fcntl(fd, F_GETFD) >= 0) return 0;
	return refused(EBADF);
}

static int raise_priority(void) {
	struct sched_param none = {0};
	return sched_setscheduler(0, SCHED_OTHER, &none);
}
static int renice(void) { return setpriority(PRIO_PROCESS, 0, 0); }
static int raise_limit(void) { struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY}; return setrlimit(RLIMIT_CORE, &all); }
static int realtime(void) { struct sched_param one = {1}; return sched_setscheduler(0, SCHED_FIFO, &one); }
static int new_privileges(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? refused(EPERM) : 0; }

/* Limits and priorities of PID 1, whose user is the program's. */
static int limit_init(int resource) { struct rlimit none = {0, 0}; return syscall(SYS_prlimit64, 1, resource, &none, 0); }
static int limit_init_memory(void) { return limit_init(RLIMIT_AS); }
static int limit_init_files(void) { return limit_init(RLIMIT_NOFILE); }
static int limit_init_cpu(void) { return limit_init(RLIMIT_CPU); }
static int limit_parent(void) {
	pid_t child = fork();
	if (child == 0) _exit(limit_init_memory() == 0 ? 0 : errno);
	int status;
	waitpid(child, &status, 0);
	return WEXITSTATUS(status) ? refused(WEXITSTATUS(status)) : 0;
}
static int pin_init(void) { cpu_set_t one; CPU_ZERO(&one); CPU_SET(0, &one); return sched_setaffinity(1, sizeof one, &one); }
static int idle_init(void) { struct sched_param none = {0}; return sched_setscheduler(1, SCHED_IDLE, &none); }
static int nice_init(void) { return setpriority(PRIO_PROCESS, 1, 19); }
static int nice_user(void) { return setpriority(PRIO_USER, 0, 19); }

/* What the machine or the user has one stock of. */
static int aio(void) { unsigned long context = 0; return syscall(SYS_io_setup, 1, &context); }
static int lease(void) { return fcntl(open("/in/probe", O_RDONLY), F_SETLEASE, F_RDLCK); }
static int notify(void) { return fcntl(open("/in", O_RDONLY), 1026, 1); }
static int flush(void) { return syncfs(open("/work", O_RDONLY)); }
static int inotify_many(void) {
	for (int i = 0; i < 64; i++) if (inotify_init() < 0) return -1;
	return 0;
}
static int inotify_wide(void) {
	char path[32];
	int watch = inotify_init();
	for (int i = 0; i < 2000; i++) {
		snprintf(path, sizeof path, "/tmp/%d", i);
		close(creat(path, 0600));
		if (inotify_add_watch(watch, path, IN_OPEN) < 0) return -1;
	}
	return 0;
}

/* int80 makes a 32-bit system call: getpid is 20 there. */
static int int80(void) {
#if defined(__x86_64__)
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
	return result == getpid() ? 0 : refused(ENOSYS);
#else
	return refused(ENOSYS);
#endif
}
static int x32(void) { return syscall(0x40000000 | 39) < 0 ? -1 : 0; }

struct probe escape_probes[] = {
	{"unshare-user", call_unshare_user}, {"unshare-net", call_unshare_net}, {"unshare-mount", call_unshare_mount}, {"setns", call_setns_self},
	{"chroot", call_chroot_tmp}, {"mount", call_mount_tmpfs}, {"remount", call_mount_remount}, {"umount", call_umount_work}, {"pivot-root", call_pivot},
	{"open-tree", call_open_tree}, {"move-mount", call_move_mount}, {"fsopen", call_fsopen}, {"mount-setattr", call_mount_setattr},
	{"keyctl", call_keyctl}, {"add-key", call_add_key}, {"bpf", call_bpf}, {"perf", call_perf}, {"io-uring", call_uring}, {"userfaultfd", call_userfault},
	{"open-by-handle", call_by_handle}, {"fanotify", call_fanotify}, {"syslog", call_syslog_read}, {"kexec", call_kexec}, {"module", call_module},
	{"reboot", call_reboot}, {"swapon", call_swap}, {"set-time", call_set_time}, {"set-hostname", call_set_hostname}, {"quotactl", call_quota},
	{"acct", call_accounting}, {"kcmp", call_kcmp}, {"pidfd-getfd", call_pidfd_getfd}, {"setuid-root", call_set_uid_root}, {"setgid-root", call_set_gid_root},
	{"mknod", call_device}, {"move-pages", call_move_pages}, {"clone-user", clone_user}, {"clone3-user", clone3_user},
	{"tiocsti", tiocsti}, {"tioclinux", tioclinux}, {"vsock", vsock}, {"af-alg", alg}, {"af-packet", packet}, {"raw-socket", raw},
	{"bluetooth", bluetooth}, {"netlink-netfilter", netfilter}, {"netlink-audit", audit}, {"netlink-uevent", uevent},
	{"internet", internet}, {"host-loopback", host_loopback}, {"abstract-socket", abstract},
	{"kill-init", kill_init}, {"term-init", term_init}, {"probe-init", nothing_init}, {"ptrace-init", ptrace_init},
	{"init-root", init_root}, {"init-fd", init_fd}, {"init-mem", init_mem}, {"init-maps", init_maps}, {"init-exe", init_exe},
	{"init-environ", init_environ}, {"leaked-fd", leaked}, {"raise-priority", raise_priority}, {"renice", renice},
	{"raise-limit", raise_limit}, {"realtime", realtime}, {"new-privileges", new_privileges}, {"int80", int80}, {"x32", x32},
	{"limit-init-memory", limit_init_memory}, {"limit-init-files", limit_init_files}, {"limit-init-cpu", limit_init_cpu},
	{"limit-init-forked", limit_parent}, {"pin-init", pin_init}, {"idle-init", idle_init}, {"nice-init", nice_init}, {"nice-user", nice_user},
	{"aio", aio}, {"lease", lease}, {"notify", notify}, {"syncfs", flush}, {"inotify-many", inotify_many}, {"inotify-wide", inotify_wide},
	{0, 0}};
