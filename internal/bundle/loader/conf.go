package loader

import (
	"bufio"
	"bytes"
	"io"
	"path"
	"strings"

	"fallow/internal/bundle/hostroot"
)

// Limits on the loader's configuration.
const (
	maxConfFile  = 1 << 20 // bytes of one file
	maxConfFiles = 256
	maxConfDirs  = 1024
)

// confDirs reads the directories of /etc/ld.so.conf and the files it includes
// (ldconfig(8)), in order. What cannot be read counts as absent, as for ldconfig;
// then a library in it is reported as missing.
func confDirs(root hostroot.Root) []string {
	var dirs []string
	files := []string{"/etc/ld.so.conf"}
	for read := 0; len(files) > 0 && read < maxConfFiles && len(dirs) < maxConfDirs; read++ {
		name := files[0]
		files = files[1:]
		text, err := readConf(root, name)
		if err != nil {
			continue
		}
		found, includes := parseConf(text)
		dirs = append(dirs, found...)
		for _, pattern := range includes {
			if !path.IsAbs(pattern) {
				pattern = path.Join(path.Dir(name), pattern)
			}
			if matches, err := root.Glob(pattern); err == nil {
				files = append(files, matches...)
			}
		}
	}
	return dirs[:min(len(dirs), maxConfDirs)]
}

func readConf(root hostroot.Root, name string) ([]byte, error) {
	at, err := root.Resolve(name)
	if err != nil {
		return nil, err
	}
	file, err := root.Open(at.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxConfFile))
}

// parseConf splits one configuration file into its directories and the patterns of
// files that it includes.
func parseConf(text []byte) (dirs, includes []string) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxConfFile+1)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r,:", r) })
		switch {
		case len(words) == 0 || words[0] == "hwcap":
		case words[0] == "include":
			includes = append(includes, words[1:]...)
		default:
			for _, dir := range words {
				dir, _, _ = strings.Cut(dir, "=") // an old way to name the kind of library
				if path.IsAbs(dir) {
					dirs = append(dirs, path.Clean(dir))
				}
			}
		}
	}
	return dirs, includes
}
