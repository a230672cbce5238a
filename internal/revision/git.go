package revision

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// git runs the git program in the working directory, without a shell.
type git struct{ ctx context.Context }

func (g git) command(ctx context.Context, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // The arguments are ours; the one revision follows --end-of-options.
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	return cmd, &complaint
}

// output returns what git prints.
func (g git) output(args ...string) (string, error) {
	cmd, complaint := g.command(g.ctx, args...)
	out, err := cmd.Output()
	return string(out), g.explain(err, complaint)
}

// line returns the one line that git prints.
func (g git) line(args ...string) (string, error) {
	out, err := g.output(args...)
	return strings.TrimSuffix(out, "\n"), err
}

// explain puts a failure into the first sentence that git says about it.
func (g git) explain(err error, complaint *bytes.Buffer) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("git is not installed, which reads revisions")
	case g.ctx.Err() != nil:
		return context.Cause(g.ctx)
	}
	if first, _, _ := strings.Cut(complaint.String(), "\n"); first != "" {
		return errors.New("git: " + strings.TrimPrefix(first, "fatal: "))
	}
	return fmt.Errorf("git: %w", err)
}

// The kinds of objects, as git calls them. Any other means that there is none, such as that of a broken link.
const (
	blob    = "blob"
	tree    = "tree"
	outside = "symlink" // A symbolic link that leads out of the repository.
)

// object returns an object by TREE:path, which has no line break, and its kind. Only a blob has a text.
func (g git) object(name string) (text, kind string, err error) {
	ctx, cancel := context.WithCancel(g.ctx)
	defer cancel()
	cmd, complaint := g.command(ctx, "cat-file", "--batch", "--follow-symlinks")
	cmd.Stdin = strings.NewReader(name + "\n")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return "", "", g.explain(err, complaint)
	}
	text, kind, err = readObject(bufio.NewReader(out))
	cancel() // The rest, if there is any, is of no use.
	if waited := cmd.Wait(); errors.Is(err, io.ErrUnexpectedEOF) {
		err = g.explain(waited, complaint)
	}
	return text, kind, err
}

// readObject reads "ID KIND SIZE", a line break and the content; or "NAME missing", or "KIND SIZE" of a link that leads nowhere.
func readObject(r *bufio.Reader) (text, kind string, err error) {
	head, err := r.ReadString('\n')
	if err != nil {
		return "", "", io.ErrUnexpectedEOF
	}
	var id string
	var size int64
	if n, _ := fmt.Sscanf(head, "%s %s %d\n", &id, &kind, &size); n < 3 || kind != blob {
		if n < 3 { // A link.
			kind, _, _ = strings.Cut(head, " ")
		}
		return "", kind, nil
	}
	if size > document.MaxFileSize {
		return "", "", document.TooLarge()
	}
	content := make([]byte, size)
	if _, err := io.ReadFull(r, content); err != nil {
		return "", "", io.ErrUnexpectedEOF
	}
	return string(content), blob, nil
}
