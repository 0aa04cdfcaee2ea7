package server

import (
	"context"
	"regexp"
	"slices"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/nodes/token"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/store"
)

// userAdminService answers administrators about users.
type userAdminService struct{ *Server }

// userName is what a user may be called: what login names may be on most systems.
var userName = regexp.MustCompile(`^[a-z_][a-z0-9_.@-]{0,63}$`)

// PutUser implements the service.
func (s userAdminService) PutUser(ctx context.Context, r *connect.Request[fallowv1.PutUserRequest]) (*connect.Response[fallowv1.PutUserResponse], error) {
	if err := need(ctx, store.Administrator); err != nil {
		return nil, err
	}
	role := store.Role(r.Msg.Role)
	if !slices.Contains(roles, role) {
		return nil, fallow.Errorf(fallow.CodeInvalid, "%q is not a role", r.Msg.Role).WithHint("use submitter, operator or administrator")
	}
	if !userName.MatchString(r.Msg.Name) {
		return nil, fallow.Errorf(fallow.CodeInvalid, "%q is not a user's name", r.Msg.Name).
			WithHint("use up to 64 lower-case letters, digits and _ . @ -, a letter first")
	}
	login := token.New(token.Login, s.authority.Fingerprint())
	user := store.User{Name: r.Msg.Name, Role: role, TokenHash: token.Hash(login.Secret), Created: s.config.Now()}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.PutUser(user); err != nil {
			return err
		}
		return tx.Audit(store.AuditEntry{
			Time: user.Created, Who: userFrom(ctx).Name, What: "put user", Thing: "user " + user.Name, Detail: string(role),
		})
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&fallowv1.PutUserResponse{Token: login.Reveal()}), nil
}

// ListUsers implements the service.
func (s userAdminService) ListUsers(ctx context.Context, _ *connect.Request[fallowv1.ListUsersRequest]) (*connect.Response[fallowv1.ListUsersResponse], error) {
	if err := need(ctx, store.Administrator); err != nil {
		return nil, err
	}
	response := &fallowv1.ListUsersResponse{}
	err := s.store.View(ctx, func(v store.Reader) error {
		users, err := v.Users()
		response.Users = nil
		for _, u := range users {
			response.Users = append(response.Users, &fallowv1.User{Name: u.Name, Role: string(u.Role), Created: rpc.ToTime(u.Created)})
		}
		return err
	})
	return connect.NewResponse(response), err
}
