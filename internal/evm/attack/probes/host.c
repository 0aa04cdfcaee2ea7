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
static int setuid_file(void) {
	int fd = open("/work/suid", O_WRONLY | O_CREAT, 0755);
	struct stat s;
	if (fd < 0 || fchmod(fd, 06755) || fstat(fd, &s)) return -1;
	return s.st_uid == 1000 ? refused(EPERM) : 0; /* a bit that gives nobody's rights but one's own */
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
	{"setuid-file", setuid_file}, {"mount-leak", mount_leak},
	{0, 0}};
