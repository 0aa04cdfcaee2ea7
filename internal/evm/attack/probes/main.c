#include "probe.h"

static const char *name_of(int err) {
	switch (err) {
	case EPERM: return "EPERM"; case EACCES: return "EACCES"; case ENOSYS: return "ENOSYS";
	case EROFS: return "EROFS"; case ENOENT: return "ENOENT"; case ENOSPC: return "ENOSPC";
	case EINVAL: return "EINVAL"; case ESRCH: return "ESRCH"; case EAFNOSUPPORT: return "EAFNOSUPPORT";
	case ENOTTY: return "ENOTTY"; case ECONNREFUSED: return "ECONNREFUSED"; case ENETUNREACH: return "ENETUNREACH";
	case EBADF: return "EBADF"; case ENODEV: return "ENODEV"; case ENXIO: return "ENXIO";
	case EXDEV: return "EXDEV"; case EOPNOTSUPP: return "EOPNOTSUPP"; case EPROTONOSUPPORT: return "EPROTONOSUPPORT"; case EIO: return "EIO";
	case EMFILE: return "EMFILE";
	}
	static char number[16];
	snprintf(number, sizeof number, "%d", err);
	return number;
}

static void died(int signal) {
	char line[64];
	int n = snprintf(line, sizeof line, "blocked signal %d\n", signal);
	if (write(1, line, n) < 0) _exit(1);
	_exit(0);
}

static int run(struct probe *list, const char *name) {
	for (; list->name; list++) {
		if (strcmp(list->name, name)) continue;
		errno = 0;
		if (list->act() == 0) puts("through");
		else printf("blocked %s\n", name_of(errno));
		return 1;
	}
	return 0;
}

static void list(struct probe *p) { for (; p->name; p++) puts(p->name); }

int main(int argc, char **argv) {
	if (argc > 2 && !strcmp(argv[1], "returns")) return atoi(argv[2]);
	if (argc != 2) return 2;
	if (!strcmp(argv[1], "list")) { list(code_probes); list(escape_probes); list(host_probes); return 0; }
	signal(SIGSEGV, died); signal(SIGBUS, died); signal(SIGILL, died); signal(SIGSYS, died);
	return run(code_probes, argv[1]) || run(escape_probes, argv[1]) || run(host_probes, argv[1]) ? 0 : 2;
}
