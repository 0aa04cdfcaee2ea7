package e2e

import (
	"os"
	"syscall"
	"testing"
)

// desktopUser is the user and group as which agents run that must not be root; it
// belongs to nobody.
const desktopUser = 63999

// asDesktopUser lets the nodes of a grid run as an ordinary user.
func (g *grid) asDesktopUser() {
	if os.Geteuid() == 0 {
		g.account = &syscall.Credential{Uid: desktopUser, Gid: desktopUser}
	}
}

// Agents of an ordinary user do what those of root do, and leave as little behind.
func TestOrdinaryUser(t *testing.T) {
	needSearch(t)
	g := noGrid(t)
	g.asDesktopUser()
	g.addServer(loopback)
	g.addNodes(2)
	t.Run("search", func(t *testing.T) { g.in(t).checkSearch() })
	t.Run("interpreters", func(t *testing.T) { g.in(t).checkInterpreters() })
	t.Run("java", func(t *testing.T) { g.in(t).checkJava() })
	g.checkNothingLeft()
}
