/* Attempts to see or change files and settings of the host. */
#include "probe.h"

static int writes(const char *path) { int fd = open(path, O_WRONLY); return fd < 0 ? -1 : close(fd); }
static int reads(const char *path) { int fd = open(path, O_RDONLY); return fd < 0 ? -1 : close(fd); }
static int creates(const char *path) { int fd = open(path, O_WRONLY | O_CREAT, 0644); return fd < 0 ? -1 : close(fd); }

static int shadow(void) { return reads("/etc/shadow"); }
static int sys(void) { return reads("/sys/kernel"); }
static int cgroup_fs(void) { return reads("/sys/fs/cgroup"); }
static int release_agent(void) { return writes("/sys/fs/cgroup/memory/release_agent"); }
static int core_pattern(void) { return writes("/proc/sys/kernel/core_pattern"); }
static int sysrq(void) { return writes("/proc/sysrq-trigger"); }
static int kcore(void) { return reads("/proc/kcore"); }
static int kmsg(void) { return reads("/dev/kmsg"); }
static int disk(void) { return reads("/dev/vda"); }
static int mem(void) { return reads("/dev/mem"); }
static int tun(void) { return reads("/dev/net/tun"); }
static int fuse(void) { return reads("/dev/fuse"); }
static int docker(void) { return reads("/var/run/docker.sock"); }
static int x11(void) { return reads("/tmp/.X11-unix"); }
static int home(void) { return reads("/root"); }
static int oom_score(void) { return writes("/proc/self/oom_score_adj"); }
static int uid_map(void) { return writes("/proc/self/uid_map"); }
static int autogroup(void) { return writes("/proc/self/autogroup"); }
static int write_in(void) { return creates("/in/new"); }
static int write_code(void) { return writes("/bin/sh"); }
static int write_root(void) { return creates("/new"); }
static int write_etc(void) { return writes("/etc/passwd"); }
static int write_lib(void) { return creates("/usr/lib/new.so"); }
static int touch_device(void) { return fchmodat(AT_FDCWD, "/dev/null", 0600, 0); }
static int dot_dot(void) { return chdir("/../../../../root"); }
static int link_code(void) { return link("/usr/bin/probe", "/work/link"); }

/* Bits that would count on the host, where the file lies without the sandbox's mount. */
static int plain(void) { return open("/work/bits", O_RDWR | O_CREAT, 0755); }
static int setuid_file(void) { return fchmod(plain(), 04755); }
static int setgid_file(void) { return fchmod(plain(), 02755); }
static int setuid_path(void) { return close(plain()), chmod("/work/bits", 04755); }
static int setuid_at(void) { return close(plain()), syscall(SYS_fchmodat, AT_FDCWD, "/work/bits", 04755); }
static int setuid_at2(void) { return close(plain()), syscall(452, AT_FDCWD, "/work/bits", 04755, 0); }
static int setuid_open(void) { return open("/work/born", O_WRONLY | O_CREAT, 04755) < 0 ? -1 : 0; }
static int setuid_creat(void) { return creat("/work/created", 04755) < 0 ? -1 : 0; }
static int setuid_tmpfile(void) { return open("/work", O_WRONLY | O_TMPFILE, 04755) < 0 ? -1 : 0; }
static int setuid_node(void) { return mknod("/work/node", S_IFREG | 04755, 0); }
static int setgid_dir(void) { return mkdir("/work/dir", 02755); }
static int setuid_open2(void) {
	uint64_t how[3] = {O_WRONLY | O_CREAT, 04755, 0};
	return syscall(437, AT_FDCWD, "/work/born2", how, sizeof how) < 0 ? -1 : 0;
}
static int mount_leak(void) {
	int fd = open("/proc/self/mountinfo", O_RDONLY);
	static char text[65536];
	if (fd < 0 || read(fd, text, sizeof text - 1) < 0) return -1;
	return strstr(text, "/home/") || strstr(text, " /sys ") ? 0 : refused(ENOENT);
}

struct probe host_probes[] = {
	{"shadow", shadow}, {"sys", sys}, {"cgroup-fs", cgroup_fs}, {"release-agent", release_agent}, {"core-pattern", core_pattern},
	{"sysrq", sysrq}, {"kcore", kcore}, {"kmsg", kmsg}, {"disk", disk}, {"dev-mem", mem}, {"tun", tun}, {"fuse", fuse},
	{"docker-socket", docker}, {"x11-socket", x11}, {"home", home}, {"oom-score", oom_score}, {"uid-map", uid_map},
	{"autogroup", autogroup}, {"write-in", write_in}, {"write-code", write_code}, {"write-root", write_root}, {"write-etc", write_etc},
	{"write-lib", write_lib}, {"touch-device", touch_device}, {"dot-dot", dot_dot}, {"link-code", link_code},
	{"setuid-file", setuid_file}, {"setgid-file", setgid_file}, {"setuid-path", setuid_path}, {"setuid-at", setuid_at},
	{"setuid-at2", setuid_at2}, {"setuid-open", setuid_open}, {"setuid-open2", setuid_open2}, {"setuid-creat", setuid_creat},
	{"setuid-tmpfile", setuid_tmpfile}, {"setuid-node", setuid_node}, {"setgid-dir", setgid_dir}, {"mount-leak", mount_leak},
	{0, 0}};
