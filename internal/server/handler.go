package server

import (
	"net/http"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/nodes/pin"
	"fallow/internal/nodes/verify"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1/fallowv1connect"
	"fallow/internal/staging/transfer"
)

// handler is everything the port serves, each part behind the check of who calls.
func (s *Server) handler() http.Handler {
	options := connect.WithHandlerOptions(
		connect.WithInterceptors(rpc.TranslateErrors()),
		connect.WithReadMaxBytes(int(fallow.MaxMessage)),
		connect.WithSendMaxBytes(int(fallow.MaxMessage)),
	)
	nodes := verify.Middleware(s.nodeKey, s.config.Now)
	users := s.usersOnly

	mux := http.NewServeMux()
	path, jobs := fallowv1connect.NewJobServiceHandler(jobService{s}, options)
	mux.Handle(path, users(jobs))
	path, admin := fallowv1connect.NewNodeAdminServiceHandler(nodeAdminService{s}, options)
	mux.Handle(path, users(admin))
	path, people := fallowv1connect.NewUserAdminServiceHandler(userAdminService{s}, options)
	mux.Handle(path, users(people))
	path, node := fallowv1connect.NewNodeServiceHandler(nodeService{s}, options)
	mux.Handle(path, nodes(node))
	mux.Handle(fallowv1connect.NodeServiceEnrolProcedure, node) // the join token says who calls
	mux.Handle("/v1/files/", eitherOf(nodes, users)(transfer.Handler(s.files)))
	mux.Handle("GET "+pin.AuthorityPath, s.authority.Handler())
	mux.HandleFunc("GET /healthz", s.health)
	return mux
}

// eitherOf lets nodes in by their signature and users by their token.
func eitherOf(nodes, users func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		byNode, byUser := nodes(next), users(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				byUser.ServeHTTP(w, r)
				return
			}
			byNode.ServeHTTP(w, r)
		})
	}
}

// health answers load balancers and scripts.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write([]byte("ok\n"))
}
