package server

import (
	"context"

	"fallow/internal/nodes/token"
	"fallow/internal/store"
)

// adminName is the administrator that every grid begins with.
const adminName = "admin"

// AdminLogin makes the administrator's login token if the grid has no user yet, or
// anew, which ends the one before. A token is given once: only its hash is kept.
func (s *Server) AdminLogin(ctx context.Context, anew bool) (login token.Token, made bool, err error) {
	login = token.New(token.Login, s.authority.Fingerprint())
	err = s.store.Update(ctx, func(tx store.Tx) error {
		users, err := tx.Users()
		if made = err == nil && (anew || len(users) == 0); !made {
			return err
		}
		return tx.PutUser(store.User{
			Name: adminName, Role: store.Administrator, TokenHash: token.Hash(login.Secret), Created: s.config.Now(),
		})
	})
	return login, made, err
}
