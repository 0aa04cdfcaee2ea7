package fallow

import "time"

// Node is a desktop PC that runs the agent, as the server knows it.
type Node struct {
	ID         NodeID
	Name       string // the host name it gave; for people only
	PublicKey  []byte // Ed25519
	State      NodeState
	Reason     string // in words: why it is not active
	Inventory  Inventory
	Labels     map[string]string // set by an administrator
	Joined     time.Time
	LastSeen   time.Time
	Quarantine Quarantine
	Running    int // attempts leased to it now
}

// NodeState is what the grid may do with a node.
type NodeState string

// The states of a node. Whether it can be reached now is told by LastSeen.
const (
	NodeActive      NodeState = "active"
	NodeDraining    NodeState = "draining"    // finishes what it runs, gets nothing new
	NodeQuarantined NodeState = "quarantined" // suspected; gets nothing until Quarantine.Until
	NodeBanned      NodeState = "banned"      // may not speak to the grid at all
)

// Quarantine is the record of suspicion against a node (paper, 4.2.3, client black
// hole).
type Quarantine struct {
	Quick   []SubjobID    // different subjobs that ended quickly, in a row, the latest last
	Until   time.Time     // zero without a quarantine
	Backoff time.Duration // of the last quarantine; the next is twice as long
}

// Inventory is what a node told about itself.
type Inventory struct {
	OS       string   `json:"os"`                 // "linux"
	Arch     string   `json:"arch"`               // "amd64", "arm64"
	CPUModel string   `json:"cpu_model"`          // as the kernel names it
	Cores    int      `json:"cores"`              // that the grid may use
	CPUSpeed float64  `json:"cpu_speed"`          // measured on one core; see docs/administrator.md for the unit
	Memory   Size     `json:"memory"`             // that the grid may use
	Disk     Size     `json:"disk"`               // that the grid may use, free now
	Version  string   `json:"version"`            // of the agent
	Features []string `json:"features,omitempty"` // of the kernel, as 'fallow doctor' names them
	Systems  []string `json:"systems,omitempty"`  // read-only system directories it offers to interpreters
}

// Resources are what a node has free, or what an attempt takes.
type Resources struct {
	Cores  int
	Memory Size
	Disk   Size
}
