package verify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"fallow"
	"fallow/internal/nodes/sign"
)

// refusal is the answer to a request that did not pass. Its JSON is that of a Connect
// error, so that clients of the RPCs read it as one.
type refusal struct {
	why     sign.Refusal
	Code    string `json:"code"`
	Message string `json:"message"`
}

// answers gives the HTTP status and the Connect code of each refusal.
var answers = map[sign.Refusal]struct {
	status int
	code   string
}{
	sign.RefusedForm:      {http.StatusUnauthorized, "unauthenticated"},
	sign.RefusedClock:     {http.StatusUnauthorized, "unauthenticated"},
	sign.RefusedUnknown:   {http.StatusUnauthorized, "unauthenticated"},
	sign.RefusedSignature: {http.StatusUnauthorized, "unauthenticated"},
	sign.RefusedReplay:    {http.StatusUnauthorized, "unauthenticated"},
	sign.RefusedBody:      {http.StatusUnauthorized, "unauthenticated"},
	sign.RefusedBanned:    {http.StatusForbidden, "permission_denied"},
	sign.RefusedLookup:    {http.StatusServiceUnavailable, "unavailable"},
}

func refuse(why sign.Refusal, format string, args ...any) *refusal {
	return &refusal{why: why, Code: answers[why].code, Message: fmt.Sprintf(format, args...)}
}

func refuseLookup(node fallow.NodeID, err error) *refusal {
	switch fallow.CodeOf(err) {
	case fallow.CodeNotFound:
		return refuse(sign.RefusedUnknown, "node %q is not one of this grid; it must join with a join token", node)
	case fallow.CodeDenied:
		return refuse(sign.RefusedBanned, "node %q is banned: %v", node, err)
	default:
		return refuse(sign.RefusedLookup, "node %q can't be looked up: %v", node, err)
	}
}

// write answers, with the server's time for nodes whose clock is wrong.
func (f *refusal) write(w http.ResponseWriter, now time.Time) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set(sign.HeaderRefused, string(f.why))
	w.Header().Set(sign.HeaderTime, strconv.FormatInt(now.UnixNano(), 10))
	w.WriteHeader(answers[f.why].status)
	json.NewEncoder(w).Encode(f) // a client that went away is no failure of ours
}
