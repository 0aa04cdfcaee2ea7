package bundle_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fallow/internal/bundle"
)

// breadth are small pieces of work for programs of many kinds. Each is done as it
// stands, and by the wrapped program; both must say the same.
var breadth = [][]string{
	{"obabel", "-:CCO", "-oinchi"},                                // plug-ins of a library
	{"obabel", "-:c1ccccc1O", "-oxyz", "--gen2d"},                 // and its data
	{"mafft", "--quiet", "{fasta}"},                               // a shell script with helpers
	{"bowtie2", "--version"},                                      // a script of Perl that starts a program
	{"clustalo", "-i", "{fasta}"},                                 //
	{"blastp", "-version"},                                        //
	{"glpsol", "--version"},                                       //
	{"gmx", "-quiet", "-nobackup", "help", "commands"},            // data found beside the program
	{"jq", "-n", "[range(5)]|add"},                                //
	{"sqlite3", ":memory:", "select sqrt(2)"},                     //
	{"gnuplot", "-e", "set term dumb; plot sin(x)"},               // a program through alternatives
	{"convert-im6.q16", "gradient:", "-format", "%k", "info:"},    // plug-ins with an index
	{"sh", "-c", "printf 'digraph{a->b}' | dot -Tplain"},          // plug-ins with a generated index
	{"sh", "-c", "printf 'factor(2^67-1)' | gp -q"},               // configuration
	{"sh", "-c", "printf 'scale=20;4*a(1)\n' | bc -l"},            //
	{"sh", "-c", "seq 9 | awk 'NR%2' | tac | xargs -n1 expr 1 +"}, // the base system
	{"bash", "-c", "for i in 3 1 2; do echo $i; done | sort"},     //
	{"timeout", "60", "sort", "{fasta}"},                          // a program that starts another
	{"tar", "cf", "-", "-z", "--to-stdout", "--files-from", "/dev/null"},
}

func TestBreadth(t *testing.T) {
	fasta := filepath.Join(t.TempDir(), "in.fa")
	if err := os.WriteFile(fasta, []byte(">a\nMKVLAAGIVGLLLAQWERT\n>b\nMKVLAGIVGLLAQWERTY\n>c\nMKLAAGIVGLLQWERT\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, command := range breadth {
		t.Run(strings.Join(command[:2], " "), func(t *testing.T) {
			need(t, command[0])
			req := bundle.Request{Programs: command[:1], ShellText: bundle.ShellText(command)}
			args := append([]string{}, command[1:]...)
			for i, arg := range args {
				if arg == "{fasta}" {
					args[i] = fasta
					req.Extra = []bundle.Extra{{Host: fasta, Path: "/app/in.fa"}}
				}
			}
			want, err := exec.Command(command[0], args...).CombinedOutput()
			if err != nil {
				t.Skipf("SKIPPED: %q does not work on this machine: %v", command, err)
			}
			for i, arg := range args {
				if arg == fasta {
					args[i] = "/app/in.fa"
				}
			}
			if got := run(t, wrap(t, req), args...); got != string(want) {
				t.Errorf("%q says\n%.400s\nwant\n%.400s", command, got, want)
			}
		})
	}
}
