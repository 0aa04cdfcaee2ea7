package shellscan_test

import (
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow/internal/bundle/shellscan"
)

func TestCommands(t *testing.T) {
	for _, test := range []struct{ text, strong, weak string }{
		{"ls | sort -n && head -3 x", "ls sort head", ""},
		{"a=$(dirname \"$0\") # rm -rf\nbasename x", "dirname basename", ""},
		{"if test -f x; then gzip x; else cat y; fi", "gzip cat fi", ""},
		{"while read l; do echo $l; done < f", "read done", ""},
		{"find . -name x -exec md5sum {} +", "find md5sum", ""},
		{"xargs -n 1 wc; timeout 10s sleep 20", "xargs wc timeout sleep", ""},
		{"AWK=gawk; LC_ALL=C sort", "sort", "gawk C"},
		{"echo \"find it\" 'perl -e'", "", "find perl"},
		{"tr a b \\\n  | uniq", "tr uniq", ""},
		{"(cd /x; `/usr/bin/uname -m`)", "cd /usr/bin/uname", ""},
		{"sed 's/ #//' | cut -f1", "sed cut", ""},
		{"exec ./here; lib/x; $y z", "exec", ""},
	} {
		var strong, weak []string
		for _, command := range shellscan.Commands([]byte(test.text)) {
			if command.Weak {
				weak = append(weak, command.Name)
			} else {
				strong = append(strong, command.Name)
			}
		}
		if diff := cmp.Diff([]string{test.strong, test.weak}, []string{strings.Join(strong, " "), strings.Join(weak, " ")}); diff != "" {
			t.Errorf("Commands(%q):\n%s", test.text, diff)
		}
	}
}

func TestNames(t *testing.T) {
	known := map[string]bool{"makeblastdb": true, "blastp": true, "g++-12": true}
	got := shellscan.Names(`my $x = "$dir/makeblastdb"; run(blastp.); blastpx g++-12`, known)
	if diff := cmp.Diff([]string{"makeblastdb", "blastp", "g++-12"}, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzCommands(f *testing.F) {
	for _, seed := range []string{"a | b", "x='y\nz'", "\\\n#", "$(`\"'", "A=b c", "timeout -1 \xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		seen := map[string]bool{}
		for _, command := range shellscan.Commands(text) {
			if seen[command.Name] || command.Name == "" || strings.ContainsAny(command.Name, " \n\x00$") {
				t.Errorf("word %q", command.Name)
			}
			if strings.Contains(command.Name, "/") && !path.IsAbs(command.Name) {
				t.Errorf("word %q is a relative path", command.Name)
			}
			seen[command.Name] = true
		}
	})
}
