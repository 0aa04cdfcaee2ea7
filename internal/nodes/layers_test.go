package nodes

import (
	"os/exec"
	"strings"
	"testing"
)

// An agent runs on other people's machines and must stay small: what it links of
// this map may reach neither the server's parts nor any other module but x/sys.
func TestAgentLinksNoServerCode(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}",
		"./token", "./pin", "./sign", "./keys", "../agent/inventory").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for path := range strings.FieldsSeq(string(out)) {
		ours := path == "fallow" || strings.HasPrefix(path, "fallow/internal/nodes/") || path == "fallow/internal/agent/inventory"
		server := strings.HasSuffix(path, "/pki") || strings.HasSuffix(path, "/verify")
		if server || !ours && !strings.HasPrefix(path, "golang.org/x/sys/") {
			t.Errorf("an agent would link %q", path)
		}
	}
}
