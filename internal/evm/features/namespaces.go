package features

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// sandboxNamespaces are those that every sandbox gets.
const sandboxNamespaces = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID |
	syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS | syscall.CLONE_NEWCGROUP

// inNamespaces runs a program of the system as root of new namespaces. The error
// is the first line that the program said, if any.
func inNamespaces(flags uintptr, command ...string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  flags,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	output, err := cmd.CombinedOutput()
	if line, _, _ := strings.Cut(string(output), "\n"); err != nil && line != "" {
		return errors.New(line)
	}
	return err
}

func userNamespaces() Feature {
	f := Feature{
		Status: OK, Detail: "this user may make them",
		Advice: "Allow user namespaces, or install the agent as a root service.",
	}
	if err := inNamespaces(syscall.CLONE_NEWUSER, "true"); err != nil {
		f.Status, f.Detail = Missing, err.Error()
		for _, why := range namespaceBlocks {
			if value, err := setting(why.path); err == nil && value == why.value {
				f.Detail, f.Advice = why.path+" is "+why.value, why.advice
			}
		}
	}
	return f
}

// namespaceBlocks are the settings by which distributions forbid user namespaces.
var namespaceBlocks = []struct{ path, value, advice string }{
	{"/proc/sys/user/max_user_namespaces", "0",
		"Run 'sysctl user.max_user_namespaces=15000', or install the agent as a root service."},
	{"/proc/sys/kernel/unprivileged_userns_clone", "0",
		"Run 'sysctl kernel.unprivileged_userns_clone=1', or install the agent as a root service."},
	{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
		"Load an AppArmor profile with 'userns,' for the agent, or install it as a root service."},
}

func allNamespaces() Feature {
	f := Feature{
		Status: OK, Detail: "user, mount, pid, net, ipc, uts and cgroup namespaces",
		Advice: "Use a kernel with all namespaces switched on, and allow user namespaces.",
	}
	if err := inNamespaces(sandboxNamespaces, "true"); err != nil {
		f.Status, f.Detail = Missing, err.Error()
	}
	return f
}

func procMount() Feature {
	f := Feature{
		Status: OK, Detail: "a sandbox can have its own /proc",
		Fallback: "sandboxes get no /proc, and programs that need one fail",
		Advice:   "Run the agent outside of a container, or with an unmasked /proc.",
	}
	if err := inNamespaces(sandboxNamespaces, "mount", "-t", "proc", "proc", "/proc"); err != nil {
		f.Status, f.Detail = Missing, err.Error()
	}
	return f
}

// overlay stacks two directories of the system read-only, over one that has nothing
// to do with it, in a mount namespace of its own.
func overlay() Feature {
	f := Feature{
		Status: OK, Detail: "copy-on-write directories work",
		Fallback: "read-only directories and a plain work folder, as on every node so far",
		Advice:   "Load the kernel module overlay; without root it takes Linux 5.11.",
	}
	if err := inNamespaces(sandboxNamespaces, "mount", "-t", "overlay", "-o",
		"userxattr,lowerdir=/usr/bin:/usr/lib", "overlay", "/mnt"); err != nil {
		f.Status, f.Detail = Missing, err.Error()
	}
	return f
}

// setting reads a one-line file such as a sysctl.
func setting(path string) (string, error) {
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
}

// absent tells whether the error says that there is no such file.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
