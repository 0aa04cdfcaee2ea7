package server

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/nodes/token"
	"fallow/internal/rpc"
	"fallow/internal/staging/transfer"
	"fallow/internal/store"
)

type userKey struct{}

// usersOnly lets requests through that carry a user's login token.
func (s *Server) usersOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, err := s.identify(r)
		if err != nil {
			refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, user)))
	})
}

// refuse answers a request with an error, in the form that its client reads: an RPC's
// or a file's.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	if writer := connect.NewErrorWriter(); writer.IsSupported(r) {
		_ = writer.Write(w, r, rpc.ToConnect(err)) // fails only for a client that went away
		return
	}
	transfer.WriteProblem(w, err)
}

func (s *Server) identify(r *http.Request) (store.User, error) {
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return store.User{}, unknownUser()
	}
	secret, err := token.ParseSecret(bearer)
	if err != nil {
		return store.User{}, unknownUser()
	}
	var user store.User
	err = s.store.View(r.Context(), func(v store.Reader) (err error) {
		user, err = v.UserByToken(token.Hash(secret))
		return err
	})
	if fallow.CodeOf(err) == fallow.CodeNotFound {
		return user, unknownUser()
	}
	return user, err
}

func unknownUser() error {
	return fallow.Errorf(fallow.CodeUnknownUser, "the login token is not one of this grid's").
		WithHint("run 'fallow login URL TOKEN' with the token that the server printed at its first start, or ask your administrator for one")
}

func userFrom(ctx context.Context) store.User {
	user, _ := ctx.Value(userKey{}).(store.User)
	return user
}

// roles in ascending order of what they may do.
var roles = []store.Role{store.Submitter, store.Operator, store.Administrator}

// need fails unless the caller has a role or a higher one.
func need(ctx context.Context, role store.Role) error {
	user := userFrom(ctx)
	if slices.Index(roles, user.Role) >= slices.Index(roles, role) {
		return nil
	}
	return fallow.Errorf(fallow.CodeDenied, "user %q is %s; this needs the role %s", user.Name, user.Role, role)
}

// owned fails unless the job is the caller's own or the caller is an operator. To
// others a job that is not theirs does not exist.
func owned(ctx context.Context, id fallow.JobID, owner string) error {
	if owner == userFrom(ctx).Name || need(ctx, store.Operator) == nil {
		return nil
	}
	return fallow.Errorf(fallow.CodeNotFound, "there is no job %s", id)
}
