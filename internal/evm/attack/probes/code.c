/* Attempts to run code that no registered file holds. */
#include "probe.h"
#define PAGE 4096

static void *page(int prot, int flags, int fd) { return mmap(0, PAGE, prot, flags, fd, 0); }
static int map_fails(void *p) { return p == MAP_FAILED; }

static int mmap_rwx(void) {
	void *p = page(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (map_fails(p)) return -1;
	memcpy(p, returns42, sizeof returns42);
	return runs(p);
}

static int mprotect_rx(void) {
	void *p = page(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memcpy(p, returns42, sizeof returns42);
	if (mprotect(p, PAGE, PROT_READ | PROT_EXEC)) return -1;
	return runs(p);
}

static int pkey_mprotect_rx(void) {
	void *p = page(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memcpy(p, returns42, sizeof returns42);
	if (syscall(SYS_pkey_mprotect, p, PAGE, PROT_READ | PROT_EXEC, -1)) return -1;
	return runs(p);
}

static int mprotect_own_text(void) {
	uintptr_t text = (uintptr_t)mprotect_own_text & ~(uintptr_t)(PAGE - 1);
	return mprotect((void *)text, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int mprotect_stack(void) {
	char here;
	uintptr_t stack = (uintptr_t)&here & ~(uintptr_t)(PAGE - 1);
	return mprotect((void *)stack, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int mmap_anonymous_x(void) { return map_fails(page(PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1)) ? -1 : 0; }

static int make_memfd(unsigned flags) { return syscall(SYS_memfd_create, "x", flags); }

static int memfd_map(void) {
	int fd = make_memfd(0);
	if (fd < 0) return -1;
	if (write(fd, returns42, sizeof returns42) < 0) return -1;
	void *p = page(PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
	return map_fails(p) ? -1 : runs(p);
}

static int memfd_exec(void) {
	int fd = make_memfd(0);
	if (fd < 0) return -1;
	int self = open("/usr/bin/probe", O_RDONLY);
	char buffer[65536];
	for (ssize_t n; (n = read(self, buffer, sizeof buffer)) > 0;) if (write(fd, buffer, n) < 0) return -1;
	char *argv[] = {"probe", "returns", "0", 0};
	syscall(SYS_execveat, fd, "", argv, 0, AT_EMPTY_PATH);
	return -1;
}

static int memfd_secret_map(void) {
	int fd = syscall(447, 0); /* memfd_secret */
	return fd < 0 ? -1 : 0;
}

static int shm_exec(void) {
	int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
	if (id < 0) return -1;
	void *w = shmat(id, 0, 0), *x = shmat(id, 0, SHM_EXEC);
	shmctl(id, IPC_RMID, 0);
	if (map_fails(w) || map_fails(x)) return -1;
	memcpy(w, returns42, sizeof returns42);
	return runs(x);
}

static int self_mem(void) {
	int fd = open("/proc/self/mem", O_RDWR);
	if (fd < 0) return -1;
	return pwrite(fd, returns42, sizeof returns42, (off_t)(uintptr_t)main) < 0 ? -1 : 0;
}

static int ptrace_child(void) {
	pid_t pid = fork();
	if (pid == 0) { pause(); _exit(0); }
	int result = ptrace(PTRACE_ATTACH, pid, 0, 0), err = errno;
	kill(pid, SIGKILL); waitpid(pid, 0, __WALL);
	errno = err;
	return result ? -1 : 0;
}

static int ptrace_me(void) { return ptrace(PTRACE_TRACEME, 0, 0, 0) ? -1 : 0; }

static int vm_writev(void) { return syscall(SYS_process_vm_writev, getpid(), 0, 0, 0, 0, 0) < 0 ? -1 : 0; }

static int read_implies_exec(void) { return personality(READ_IMPLIES_EXEC) < 0 ? -1 : 0; }

static int copy_self(const char *to) {
	int in = open("/usr/bin/probe", O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0755);
	if (in < 0 || out < 0) return -1;
	char buffer[65536];
	for (ssize_t n; (n = read(in, buffer, sizeof buffer)) > 0;) if (write(out, buffer, n) < 0) return -1;
	close(in);
	return close(out);
}

static int exec_copy(const char *path) {
	if (copy_self(path)) return -1;
	execl(path, "probe", "returns", "0", (char *)0);
	return -1;
}
static int exec_work(void) { return exec_copy("/work/probe"); }
static int exec_out(void) { return exec_copy("/out/probe"); }
static int exec_tmp(void) { return exec_copy("/tmp/probe"); }
static int exec_shm(void) { return exec_copy("/dev/shm/probe"); }
static int exec_in(void) { execl("/in/probe", "probe", "returns", "0", (char *)0); return -1; }

static int exec_by_fd(void) {
	if (copy_self("/work/byfd")) return -1;
	int fd = open("/work/byfd", O_RDONLY);
	char *argv[] = {"probe", "returns", "0", 0};
	syscall(SYS_execveat, fd, "", argv, 0, AT_EMPTY_PATH);
	return -1;
}

static int exec_script(void) {
	int fd = open("/work/script", O_WRONLY | O_CREAT, 0755);
	if (write(fd, "#!/bin/sh\nexit 0\n", 17) < 0) return -1;
	close(fd);
	execl("/work/script", "script", (char *)0);
	return -1;
}

static int map_file(const char *path) {
	int fd = open(path, O_RDWR | O_CREAT, 0755);
	if (fd < 0 || write(fd, returns42, sizeof returns42) < 0) return -1;
	void *p = page(PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
	return map_fails(p) ? -1 : runs(p);
}
static int map_work(void) { return map_file("/work/code"); }
static int map_tmp(void) { return map_file("/tmp/code"); }
static int map_shm(void) { return map_file("/dev/shm/code"); }

static int map_stdout(void) { return map_fails(page(PROT_READ | PROT_EXEC, MAP_PRIVATE, 1)) ? -1 : 0; }

static int run_loader(const char *program) {
	pid_t pid = fork();
	if (pid == 0) {
		close(2);
		execl(LOADER, LOADER, program, "returns", "7", (char *)0);
		_exit(1);
	}
	int status;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : refused(EACCES);
}
static int loader_work(void) { return copy_self("/work/loaded") ? -1 : run_loader("/work/loaded"); }
static int loader_in(void) { return run_loader("/in/probe"); }

static int remap_pages(void) { return syscall(SYS_remap_file_pages, 0, PAGE, 0, 0, 0) < 0 ? -1 : 0; }

static int uselib(void) {
#ifdef SYS_uselib
	return syscall(SYS_uselib, "/work/code") < 0 ? -1 : 0;
#else
	return refused(ENOSYS);
#endif
}

static int binfmt(void) {
	if (mkdir("/tmp/b", 0700) && errno != EEXIST) return -1;
	return mount("binfmt_misc", "/tmp/b", "binfmt_misc", 0, 0);
}

struct probe code_probes[] = {
	{"mmap-rwx", mmap_rwx}, {"mprotect-rx", mprotect_rx}, {"pkey-mprotect-rx", pkey_mprotect_rx},
	{"mprotect-own-text", mprotect_own_text}, {"mprotect-stack", mprotect_stack}, {"mmap-shared-x", mmap_anonymous_x},
	{"memfd-map", memfd_map}, {"memfd-exec", memfd_exec}, {"memfd-secret", memfd_secret_map}, {"shm-exec", shm_exec},
	{"self-mem", self_mem}, {"ptrace-child", ptrace_child}, {"ptrace-me", ptrace_me}, {"vm-writev", vm_writev},
	{"read-implies-exec", read_implies_exec}, {"exec-work", exec_work}, {"exec-out", exec_out}, {"exec-tmp", exec_tmp},
	{"exec-shm", exec_shm}, {"exec-in", exec_in}, {"exec-by-fd", exec_by_fd}, {"exec-script", exec_script},
	{"map-work", map_work}, {"map-tmp", map_tmp}, {"map-shm", map_shm}, {"map-stdout", map_stdout},
	{"loader-work", loader_work}, {"loader-in", loader_in}, {"remap-pages", remap_pages}, {"uselib", uselib}, {"binfmt", binfmt},
	{0, 0}};
