package client

import (
	"context"
	"time"

	"connectrpc.com/connect"

	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// User is somebody who may log in.
type User struct {
	Name    string
	Role    string
	Created time.Time
}

// PutUser adds a user, or changes the role of one, and gives a new login token,
// which ends the one before. It is for administrators.
func (c *Client) PutUser(ctx context.Context, name, role string) (token string, err error) {
	res, err := c.users.PutUser(ctx, connect.NewRequest(&fallowv1.PutUserRequest{Name: name, Role: role}))
	if err != nil {
		return "", err
	}
	return res.Msg.GetToken(), nil
}

// Users lists all users by name. It is for administrators.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	res, err := c.users.ListUsers(ctx, connect.NewRequest(&fallowv1.ListUsersRequest{}))
	if err != nil {
		return nil, err
	}
	var users []User
	for _, u := range res.Msg.GetUsers() {
		users = append(users, User{Name: u.GetName(), Role: u.GetRole(), Created: rpc.FromTime(u.GetCreated())})
	}
	return users, nil
}
