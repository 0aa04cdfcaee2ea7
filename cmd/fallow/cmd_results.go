package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"golang.org/x/sync/errgroup"

	"fallow"
	"fallow/internal/client"
)

// resultsCmd downloads what came out of a job.
type resultsCmd struct {
	Job     jobName `arg:"" help:"The job, such as 12."`
	Output  string  `short:"o" placeholder:"DIR" help:"The folder for the files, made if need be; 'results-JOB' without it."`
	Force   bool    `help:"Replace files that are there and differ."`
	List    bool    `help:"Only list the files."`
	Subjobs bool    `help:"The files of every subjob that succeeded so far, as INDEX/NAME, instead of the collected result."`
}

// Help implements [kong.HelpProvider].
func (resultsCmd) Help() string {
	return `Downloads the result of a job that has ended: the collected files, or, where the job keeps the subjobs' files apart, those of every subjob that succeeded as INDEX/NAME. Each file's digest is verified. A file that is there already with the same content is not fetched again, so that an interrupted download goes on where it was.

Ends with exit code 3 if the job failed or was cancelled; --subjobs then fetches what its subjobs finished, and does so at any time, too.

Example:

    fallow results 12 -o globins
    fallow results 13 --subjobs`
}

// Run implements the command.
func (c *resultsCmd) Run(ctx context.Context, e *env) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		job, err := conn.Job(ctx, c.Job.id)
		if err != nil {
			return err
		}
		files, err := c.files(ctx, conn, job)
		if err != nil {
			return err
		}
		if c.List {
			err = listResults(e, files)
		} else {
			err = c.download(ctx, e, conn, files)
		}
		if err == nil && !c.Subjobs && job.State != fallow.JobSucceeded {
			return failure{incomplete(job), exitUnsuccess}
		}
		return err
	})
}

// files lists what is to be fetched.
func (c *resultsCmd) files(ctx context.Context, conn *client.Client, job fallow.Job) (iter.Seq2[fallow.FileRef, error], error) {
	if c.Subjobs {
		return conn.SubjobResults(ctx, job.ID), nil
	}
	files, err := conn.Results(ctx, job)
	if err != nil && job.State.Final() {
		return nil, failure{err, exitUnsuccess}
	}
	return files, err
}

// incomplete says that the files of a job are not all that was hoped for.
func incomplete(job fallow.Job) error {
	reason := ""
	if job.Reason != "" {
		reason = ": " + job.Reason
	}
	return fallow.Errorf(fallow.CodeConflict, "job %s ended as %s, with files of %d of its %s at most%s", job.ID, job.State,
		job.Counts.Succeeded, count(job.Counts.Total, "subjob"), reason).
		WithHint("'fallow explain %s' says what became of the others", job.ID)
}

// listResults prints what could be downloaded.
func listResults(e *env, files iter.Seq2[fallow.FileRef, error]) error {
	for f, err := range files {
		if err != nil {
			return err
		}
		err = e.show(f, func(w io.Writer) {
			fmt.Fprintf(w, "%s (%s)\n", oneLine(f.Path), fallow.Size(f.Size))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// resultsView is what 'results' prints with --json.
type resultsView struct {
	Folder string `json:"folder"` // not there without files
	Files  int64  `json:"files"`
	Size   int64  `json:"size"` // bytes
}

// download fetches all files.
func (c *resultsCmd) download(ctx context.Context, e *env, conn *client.Client, files iter.Seq2[fallow.FileRef, error]) error {
	dir := c.Output
	if dir == "" {
		dir = "results-" + c.Job.id.String()
	}
	into := newDownload(dir, c.Force, conn.Download)
	defer into.close()
	view := resultsView{Folder: dir}
	line := newProgress(e)
	err := fetchAll(ctx, files, into.fetch, func(f fallow.FileRef) {
		view.Files++
		view.Size += f.Size
		line.status("%s, %s", count(view.Files, "file"), fallow.Size(view.Size))
	})
	line.clear()
	if err != nil {
		return err
	}
	return e.show(view, func(w io.Writer) {
		if view.Files == 0 {
			fmt.Fprintf(w, "There are no files: no subjob that succeeded left any in {out}. 'collect: {files: [stdout]}' keeps what they print.\n")
			return
		}
		fmt.Fprintf(w, "%s (%s) in %s\n", count(view.Files, "file"), fallow.Size(view.Size), view.Folder)
	})
}

// parallelDownloads is how many files are fetched at once.
const parallelDownloads = 4

// fetchAll fetches files, several at once, and tells each when its turn comes. The
// first error ends it.
func fetchAll(ctx context.Context, files iter.Seq2[fallow.FileRef, error],
	fetch func(context.Context, fallow.FileRef) error, tell func(fallow.FileRef)) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallelDownloads)
	var listErr error
	for f, err := range files {
		if listErr = err; err != nil || groupCtx.Err() != nil {
			break
		}
		tell(f)
		group.Go(func() error { return fetch(groupCtx, f) })
	}
	return errors.Join(listErr, group.Wait())
}
