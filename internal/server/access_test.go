package server_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/client"
	"fallow/internal/nodes/sign"
	"fallow/internal/nodes/token"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/rpc/fallowv1/fallowv1connect"
	"fallow/internal/store"
)

func TestUsersAreKnownByTheirTokens(t *testing.T) {
	g := newGrid(t)
	who, err := g.admin.WhoAmI(t.Context())
	must(t, err)
	if who.User != "admin" || who.Role != string(store.Administrator) {
		t.Errorf("the administrator is %+v", who)
	}
	stranger := g.user(token.New(token.Login, g.admin.Login().Token.Fingerprint))
	_, err = stranger.WhoAmI(t.Context())
	wantCode(t, "a token of nobody", err, fallow.CodeUnknownUser, "token")
	if fallow.HintOf(err) == "" {
		t.Error("a stranger is not told how to log in")
	}
	for name, header := range map[string]string{"none": "", "no bearer": "Basic YTpi", "no secret": "Bearer x"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url()+fallowv1connect.JobServiceWhoAmIProcedure, strings.NewReader("{}"))
		must(t, err)
		request.Header.Set("Content-Type", "application/json")
		if header != "" {
			request.Header.Set("Authorization", header)
		}
		response, err := (&http.Client{Transport: g.transport()}).Do(request)
		must(t, err)
		response.Body.Close()
		if response.StatusCode != http.StatusUnauthorized {
			t.Errorf("authorization %s: status %d, want 401", name, response.StatusCode)
		}
	}
}

func TestNewLoginEndsTheOldOne(t *testing.T) {
	g := newGrid(t)
	_, made, err := g.core.AdminLogin(t.Context(), false)
	if made || err != nil {
		t.Fatalf("a second first login: %t, %v", made, err)
	}
	anew, made, err := g.core.AdminLogin(t.Context(), true)
	if !made || err != nil {
		t.Fatalf("a login anew: %t, %v", made, err)
	}
	_, err = g.admin.WhoAmI(t.Context())
	wantCode(t, "the old login", err, fallow.CodeUnknownUser, "token")
	_, err = g.user(anew).WhoAmI(t.Context())
	must(t, err)
}

func TestRolesAndOwnersAreKeptApart(t *testing.T) {
	g := newGrid(t)
	n := g.join()
	ada, bob, op := g.addUser("ada", store.Submitter), g.addUser("bob", store.Submitter), g.addUser("op", store.Operator)
	id := g.submit(ada, 3, nil)

	_, err := bob.Job(t.Context(), id)
	wantCode(t, "another's job", err, fallow.CodeNotFound, "there is no job")
	_, none := bob.Job(t.Context(), 99)
	if strings.ReplaceAll(none.Error(), "99", id.String()) != err.Error() {
		t.Errorf("a job of another's (%v) can be told from one that does not exist (%v)", err, none)
	}
	wantCode(t, "cancel another's", bob.Cancel(t.Context(), id), fallow.CodeNotFound, "there is no job")
	wantCode(t, "release another's", bob.Release(t.Context(), id), fallow.CodeNotFound, "there is no job")
	_, err = bob.ExplainJob(t.Context(), id)
	wantCode(t, "explain another's", err, fallow.CodeNotFound, "there is no job")
	_, err = bob.Attempts(t.Context(), fallow.SubjobID{Job: id})
	wantCode(t, "another's attempts", err, fallow.CodeNotFound, "there is no job")
	for _, err := range bob.Subjobs(t.Context(), id, "") {
		wantCode(t, "another's subjobs", err, fallow.CodeNotFound, "there is no job")
	}
	for range bob.Jobs(t.Context(), client.JobFilter{}) {
		t.Error("another's job is listed")
	}
	for _, err := range bob.Jobs(t.Context(), client.JobFilter{AllOwners: true}) {
		wantCode(t, "everyone's jobs", err, fallow.CodeDenied, "operator")
	}

	_, err = ada.CreateJoinToken(t.Context(), time.Hour, 1)
	wantCode(t, "join token for a submitter", err, fallow.CodeDenied, "operator")
	_, err = ada.SetNode(t.Context(), n.id, client.NodeChange{State: fallow.NodeBanned})
	wantCode(t, "ban by a submitter", err, fallow.CodeDenied, "operator")
	for _, err := range ada.Nodes(t.Context()) {
		wantCode(t, "nodes for a submitter", err, fallow.CodeDenied, "operator")
	}

	_, err = op.Job(t.Context(), id)
	must(t, err)
	_, err = op.SetNode(t.Context(), n.id, client.NodeChange{State: fallow.NodeDraining, Labels: map[string]string{"room": "7"}})
	must(t, err)
	must(t, op.Cancel(t.Context(), id))
}

func TestJoinTokens(t *testing.T) {
	g := newGrid(t)
	twice, err := g.admin.CreateJoinToken(t.Context(), time.Hour, 2)
	must(t, err)
	for range 2 {
		_, err := g.joinWith(twice.Text)
		must(t, err)
	}
	_, err = g.joinWith(twice.Text)
	wantCode(t, "a token used up", err, fallow.CodeDenied, "token")
	_, err = g.joinWith(token.New(token.Join, g.admin.Login().Token.Fingerprint).Reveal())
	wantCode(t, "a token nobody made", err, fallow.CodeDenied, "token")
	short, err := g.admin.CreateJoinToken(t.Context(), time.Nanosecond, 1)
	must(t, err)
	_, err = g.joinWith(short.Text)
	wantCode(t, "an expired token", err, fallow.CodeDenied, "token")
	for _, bad := range []struct {
		valid time.Duration
		uses  int
	}{{0, 1}, {366 * 24 * time.Hour, 1}, {time.Hour, 0}, {time.Hour, 100_001}} {
		_, err := g.admin.CreateJoinToken(t.Context(), bad.valid, bad.uses)
		wantCode(t, "a token beyond its limits", err, fallow.CodeInvalid, "join token")
	}
}

func TestOnlySignedRequestsOfKnownNodesAreHeard(t *testing.T) {
	g := newGrid(t)
	n := g.join()
	translate := connect.WithInterceptors(rpc.TranslateErrors())
	beat := func(c *http.Client) error {
		_, err := fallowv1connect.NewNodeServiceClient(c, g.url(), translate).Heartbeat(t.Context(), connect.NewRequest(&fallowv1.HeartbeatRequest{}))
		return err
	}
	must(t, beat(n.http))
	wantCode(t, "unsigned", beat(&http.Client{Transport: g.transport()}), fallow.CodeUnknownUser, "signed")
	wantCode(t, "signed by another", beat(&http.Client{Transport: sign.NewTransport(newKey(t), g.transport(), time.Now)}), fallow.CodeUnknownUser, "not one of this grid")

	_, err := g.admin.SetNode(t.Context(), n.id, client.NodeChange{State: fallow.NodeBanned, Reason: "it was sold"})
	must(t, err)
	wantCode(t, "banned", beat(n.http), fallow.CodeDenied, "it was sold")
	_, err = n.lease(t.Context(), 1)
	wantCode(t, "banned", err, fallow.CodeDenied, "it was sold")
	_, err = n.files.Size(t.Context(), fallow.Digest{1})
	wantCode(t, "file for a banned node", err, fallow.CodeDenied, "403")
	_, err = g.admin.SetNode(t.Context(), n.id, client.NodeChange{State: "gone"})
	wantCode(t, "a state that is none", err, fallow.CodeInvalid, "gone")
}

func TestFilesAreForNodesAndUsers(t *testing.T) {
	g := newGrid(t)
	n := g.join()
	ref := g.upload(g.admin, "an input\n")
	if size, err := n.files.Size(t.Context(), ref.Digest); err != nil || size != ref.Size {
		t.Errorf("a user's file for a node: %d bytes, %v", size, err)
	}
	content := "a result\n"
	made := fallow.FileRef{Digest: fallow.DigestOf([]byte(content)), Size: int64(len(content))}
	must(t, n.files.Upload(t.Context(), made.Digest, made.Size, opener(content), nil))
	missing, err := g.admin.Missing(t.Context(), []fallow.Digest{made.Digest, {1}})
	if err != nil || !slices.Equal(missing, []fallow.Digest{{1}}) {
		t.Errorf("missing %v, %v; want the one that nobody brought", missing, err)
	}
	wrong := n.files.Upload(t.Context(), fallow.Digest{2}, made.Size, opener(content), nil)
	wantCode(t, "content of another name", wrong, fallow.CodeTampered, "")
	response, err := (&http.Client{Transport: g.transport()}).Get(g.url() + sign.FilesPath + ref.Digest.String())
	must(t, err)
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a file for nobody: status %d, want 401", response.StatusCode)
	}
}

// The stream tells a node at once what to stop.
func TestWatchTellsWhatToStop(t *testing.T) {
	g := newGrid(t)
	n := g.join()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := n.Watch(ctx, connect.NewRequest(&fallowv1.WatchRequest{}))
	must(t, err)
	if !stream.Receive() {
		t.Fatal(stream.Err())
	}
	id := g.submit(g.admin, 1, nil)
	orders, err := n.lease(ctx, 1)
	must(t, err)
	must(t, g.admin.Cancel(ctx, id))
	if !stream.Receive() || len(stream.Msg().Stop) != 1 || stream.Msg().Stop[0].String() != orders[0].Attempt.String() {
		t.Errorf("the stream says %v, %v", stream.Msg(), stream.Err())
	}
	if err := stream.Close(); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
