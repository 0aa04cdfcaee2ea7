package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"fallow"
	"fallow/internal/nodes/pin"
	"fallow/internal/nodes/token"
)

// Login is a server and the right to speak to it.
type Login struct {
	Server    string // https://HOST[:PORT]
	Token     token.Token
	Authority []byte // certificate, PEM, that the token's fingerprint names; nil before [Trust]
}

// NewLogin checks what a person typed: a server's address, whose https:// may be
// left out, and a login token.
func NewLogin(server, text string) (Login, error) {
	address, err := pin.ParseServer(server)
	if err != nil {
		return Login{}, err
	}
	parsed, err := token.Parse(token.Login, text)
	if err != nil {
		return Login{}, err
	}
	return Login{Server: address.String(), Token: parsed}, nil
}

// Trust makes the first contact, unless it was made: it checks that the server is of
// the grid that the token is for. The token's secret is not sent. Errors are those
// of [pin.Trust].
func (l Login) Trust(ctx context.Context, o pin.Options) (Login, error) {
	if l.Authority != nil {
		return l, nil
	}
	authority, err := pin.Trust(ctx, l.Server, l.Token.Fingerprint, o)
	l.Authority = authority
	return l, err
}

// loginFile is the name of the saved login in its [Folder].
const loginFile = "login.json"

// savedLogin is the form of the saved login.
type savedLogin struct {
	Server    string `json:"server"`
	Token     string `json:"token"`
	Authority string `json:"authority,omitempty"`
}

// Save keeps the login in the folder, instead of the one before.
func (l Login) Save(folder Folder) error {
	content, err := json.Marshal(savedLogin{Server: l.Server, Token: l.Token.Reveal(), Authority: string(l.Authority)})
	if err != nil {
		return fmt.Errorf("save the login: %w", err)
	}
	if err := folder.Write(loginFile, append(content, '\n')); err != nil {
		return fmt.Errorf("save the login: %w", err)
	}
	return nil
}

// FindLogin gives the login of $FALLOW_SERVER and $FALLOW_TOKEN if both are set,
// else the saved one. Without any the error's code is [fallow.CodeUnknownUser].
func FindLogin(folder Folder, getenv func(string) string) (Login, error) {
	server, text := getenv("FALLOW_SERVER"), getenv("FALLOW_TOKEN")
	switch {
	case server != "" && text != "":
		return NewLogin(server, text)
	case server != "" || text != "":
		return Login{}, fallow.Errorf(fallow.CodeInvalid, "of FALLOW_SERVER and FALLOW_TOKEN only one is set").
			WithHint("set both, or none to use the login saved by 'fallow login'")
	}
	return loadLogin(folder)
}

func loadLogin(folder Folder) (Login, error) {
	content, err := folder.Read(loginFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Login{}, fallow.Errorf(fallow.CodeUnknownUser, "you are not logged in to a grid").
			WithHint("run 'fallow login URL TOKEN' with the address and the token that its administrator gave you")
	}
	if err != nil {
		return Login{}, fmt.Errorf("read the saved login: %w", err)
	}
	var saved savedLogin
	if err := json.Unmarshal(content, &saved); err != nil {
		return Login{}, fallow.Errorf(fallow.CodeInvalid, "the saved login in %s is damaged: %w", folder, err).
			WithHint("log in again with 'fallow login URL TOKEN'")
	}
	login, err := NewLogin(saved.Server, saved.Token)
	if err != nil {
		return Login{}, fmt.Errorf("read the saved login: %w", err)
	}
	if saved.Authority != "" {
		login.Authority = []byte(saved.Authority)
	}
	return login, nil
}
