package transfer

import (
	"encoding/json"
	"io"
	"net/http"

	"fallow"
)

// maxProblem bounds the error that a client reads, in bytes.
const maxProblem = 64 << 10

// problem is an error on the wire.
type problem struct {
	Code    fallow.Code `json:"code"`
	Message string      `json:"message"`
	Hint    string      `json:"hint,omitempty"`
}

// statuses maps codes to what HTTP calls them. The code in the body is what
// counts; the status is for proxies and for people with curl.
var statuses = map[fallow.Code]int{
	fallow.CodeInvalid:     http.StatusBadRequest,
	fallow.CodeNotFound:    http.StatusNotFound,
	fallow.CodeConflict:    http.StatusConflict,
	fallow.CodeDenied:      http.StatusForbidden,
	fallow.CodeUnknownUser: http.StatusUnauthorized,
	fallow.CodeLimit:       http.StatusInsufficientStorage,
	fallow.CodeTampered:    http.StatusUnprocessableEntity,
	fallow.CodeUnsupported: http.StatusUnsupportedMediaType,
	fallow.CodeUnavailable: http.StatusServiceUnavailable,
	fallow.CodeInternal:    http.StatusInternalServerError,
}

// WriteProblem answers a request with an error as the JSON object that [Client]
// turns back into a [fallow.Error].
func WriteProblem(w http.ResponseWriter, err error) {
	writeProblem(w, statuses[fallow.CodeOf(err)], err)
}

func writeProblem(w http.ResponseWriter, status int, err error) {
	body, merr := json.Marshal(problem{Code: fallow.CodeOf(err), Message: err.Error(), Hint: fallow.HintOf(err)})
	if merr != nil {
		http.Error(w, merr.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client is told by the status, too; if it is gone there is nobody to tell.
	_, _ = w.Write(append(body, '\n'))
}

// readProblem is the inverse of [WriteProblem]. An answer that did not come from
// Fallow, but from a proxy on the way, gets the code that its status suggests.
func readProblem(resp *http.Response) error {
	var p problem
	err := json.NewDecoder(io.LimitReader(resp.Body, maxProblem)).Decode(&p)
	if _, known := statuses[p.Code]; err == nil && known {
		return &fallow.Error{Code: p.Code, Message: p.Message, Hint: p.Hint}
	}
	return fallow.Errorf(codeOfStatus(resp.StatusCode), "%s %s was answered with %q",
		resp.Request.Method, resp.Request.URL.Redacted(), resp.Status).
		WithHint("if the server's address and your token are right, a proxy on the way may have refused")
}

func codeOfStatus(status int) fallow.Code {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return fallow.CodeLimit
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return fallow.CodeUnavailable
	case status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return fallow.CodeUnavailable
	}
	for code, s := range statuses {
		if s == status {
			return code
		}
	}
	return fallow.CodeInvalid
}
