package bundle

import (
	"bytes"
	"io"
	"path"
	"slices"
	"strings"

	"fallow"
	"fallow/internal/bundle/dpkg"
	"fallow/internal/bundle/loader"
	"fallow/internal/bundle/recipe"
	"fallow/internal/bundle/shebang"
	"fallow/internal/bundle/shellscan"
)

// ShellText finds shell text in a command: that of 'sh -c TEXT', and the whole of
// a command such as 'timeout 10 sort', whose program starts another one. It is for
// [Request.ShellText].
func ShellText(command []string) []string {
	var texts []string
	for i, word := range command {
		if isShell(word) {
			if text, ok := inlineText(command[i+1:]); ok {
				texts = append(texts, text)
			}
		}
	}
	if len(command) > 0 && shellscan.Starter(path.Base(command[0])) {
		words := slices.Concat([]string{path.Base(command[0])}, command[1:])
		texts = append(texts, strings.Join(words, " "))
	}
	return texts
}

// inlineText finds the text among a shell's arguments: the first that is no option,
// if an option before it has the letter c.
func inlineText(args []string) (string, bool) {
	inline := false
	for _, arg := range args {
		if len(arg) < 2 || arg[0] != '-' && arg[0] != '+' {
			return arg, inline
		}
		inline = inline || arg[1] != '-' && strings.Contains(arg, "c")
	}
	return "", false
}

// isShell tells whether a program, by name or path, is a shell.
func isShell(program string) bool {
	known := recipe.ForCommand(path.Base(program))
	return known != nil && known.Name == "shell"
}

// callFromScript plans what a script calls: the other programs of its own package,
// those of the packages which that needs if the script names them, and, if it is for
// a shell, whatever stands there as a command.
func (a *assumer) callFromScript(s script, owner *dpkg.Package) {
	if a.texts[s.Path] {
		return
	}
	a.texts[s.Path] = true
	text, find := a.text(s.Path), a.onPath
	if owner != nil {
		find = a.inBase // the rest is in packages, and is seen to
	}
	if owner != nil && !a.base[owner] {
		a.callPackage(owner, text)
	}
	if s.shell {
		a.callCommands(text, find)
	}
}

// text reads a script.
func (a *assumer) text(real string) []byte { return a.read(real, maxScriptText) }

// read gives the beginning of a file. One that can't be read is refused later.
func (a *assumer) read(real string, limit int64) []byte {
	file, err := a.root.Open(real)
	if err != nil {
		return nil
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit))
	if err != nil {
		return nil
	}
	return text
}

// A finder gives the path of the program that a word in shell text stands for; "" if
// it stands for none.
type finder func(shellscan.Command) string

// callCommands plans what stands in shell text as a command.
func (a *assumer) callCommands(text []byte, find finder) {
	for _, command := range shellscan.Commands(text) {
		if p := find(command); p != "" {
			a.callProgram(p)
		}
	}
}

// inBase finds a program of the base system.
func (a *assumer) inBase(command shellscan.Command) string {
	if a.common == nil {
		a.common = a.commonPrograms()
	}
	return a.common[path.Base(command.Name)]
}

// inBaseNative is inBase without interpreters: with their modules they are much to
// carry for a text that perhaps nobody runs.
func (a *assumer) inBaseNative(command shellscan.Command) string {
	if known := recipe.ForCommand(path.Base(command.Name)); known != nil && len(known.Modules) > 0 {
		return ""
	}
	return a.inBase(command)
}

// onPath finds any program, as a shell would. A weak word stands for few.
func (a *assumer) onPath(command shellscan.Command) string {
	switch {
	case command.Weak:
		return a.inBaseNative(command)
	case path.IsAbs(command.Name):
		return path.Clean(command.Name)
	}
	refusals, notes := len(a.refusals), len(a.notes)
	p, ok := a.locate(command.Name)
	a.refusals = a.refusals[:refusals]
	if !ok {
		a.notes = a.notes[:notes]
		return ""
	}
	return p
}

// binaries are the directories in which programs lie that people start by name.
var binaries = []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/games"}

// commonPrograms lists the programs of the base system, and the names for them that
// its administrator chose.
func (a *assumer) commonPrograms() map[string]string {
	common, reals := map[string]string{}, map[string]bool{}
	for p := range a.base {
		for name, at := range a.programsOf(p) {
			common[name] = at
			reals[a.withoutLinks(at)] = true
		}
	}
	chosen, err := a.root.Glob(alternatives + "/*")
	if err != nil {
		return common
	}
	for _, link := range chosen {
		name := path.Base(link)
		if p := path.Join("/usr/bin", name); common[name] == "" && a.executable(p) && reals[a.withoutLinks(p)] {
			common[name] = p
		}
	}
	return common
}

func (a *assumer) withoutLinks(p string) string {
	at, err := a.root.Resolve(p)
	if err != nil {
		return p
	}
	return at.Path
}

// shellCalls are what stands in a native program that has a shell run a command line:
// names of functions of the C library (system(3), popen(3)), or the shell's own.
var shellCalls = []string{"\x00system\x00", "\x00popen\x00", "\x00/bin/sh\x00"}

// compressors are programs that others start, alone or by a shell, to read and write
// files: they are taken along with programs whose text has their name.
var compressors = []string{"gzip", "bzip2", "xz", "zstd"}

// maxProgramText bounds what is read of a native program to find them.
const maxProgramText = 256 << 20

// callFromProgram plans the shell and the compressors for native programs that start
// them. Every interpreter can start a shell.
func (a *assumer) callFromProgram(file *loader.File) {
	const shell = "/bin/sh"
	if isShell(file.Real) {
		return
	}
	if recipe.ForProgram(file.Real) != nil {
		a.callProgram(shell)
		return
	}
	if file.Interpreter == "" {
		return // the C library is within, and has the names in any case
	}
	text := a.read(file.Real, maxProgramText)
	contains := func(part string) bool { return bytes.Contains(text, []byte(part)) }
	if slices.ContainsFunc(shellCalls, contains) {
		a.callProgram(shell)
	}
	for _, name := range compressors {
		if contains(name+"\x00") || contains("\x00"+name+" -") { // linkers keep "gzip" as the end of "--gzip"
			a.callProgram(a.onPath(shellscan.Command{Name: name}))
		}
	}
}

// maxOwnPrograms bounds the programs of its own package that a script takes with it.
const maxOwnPrograms = 64 * fallow.MiB

// callPackage plans the programs of a script's package, and those that it names of
// the packages which that needs.
func (a *assumer) callPackage(owner *dpkg.Package, text []byte) {
	var size fallow.Size
	for name, p := range a.programsOf(owner) {
		at, err := a.root.Resolve(p)
		if err != nil || a.foreign(at.Path) {
			continue
		}
		if size += fallow.Size(at.Info.Size()); size > maxOwnPrograms {
			a.note("package %s has more than %s of programs: %s and others are left out", owner.Name, maxOwnPrograms, name)
			break
		}
		a.callProgram(p)
	}
	names := map[string]bool{}
	others := map[string]string{}
	for _, p := range a.needed([]*dpkg.Package{owner}) {
		for name, at := range a.programsOf(p) {
			names[name], others[name] = true, at
		}
	}
	for _, name := range shellscan.Names(string(text), names) {
		a.callProgram(others[name])
	}
}

// foreign tells whether a program is a script for an interpreter with modules that
// nothing planned so far needs. Perhaps nobody calls it, and with it the bundle would
// run only on nodes that have those modules.
func (a *assumer) foreign(real string) bool {
	head, err := a.head(real)
	if err != nil {
		return true
	}
	line, err := shebang.Parse(head)
	if err != nil || line == nil {
		return false
	}
	known := recipe.ForCommand(path.Base(line.Program))
	return known != nil && len(known.Modules) > 0 && !slices.ContainsFunc(a.wrapper.programs, func(file *loader.File) bool {
		return recipe.ForProgram(file.Real) == known
	})
}
