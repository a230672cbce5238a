package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// unread is a pipe that nobody reads before its test is over.
type unread chan struct{}

func (u unread) Write(text []byte) (int, error) {
	<-u
	return len(text), nil
}

// slow is a reader who takes half a second for each piece.
type slow struct{ bytes.Buffer }

func (s *slow) Write(text []byte) (int, error) {
	time.Sleep(500 * time.Millisecond)
	return s.Buffer.Write(text)
}

// TestOutputsWaitTogether has a command write a result when it is asked to end, and then say why it ends.
func TestOutputsWaitTogether(t *testing.T) {
	errAsked := errors.New("asked to end")
	for name, test := range map[string]struct {
		stdout, stderr string
		result, word   error         // What writing came to.
		waited         time.Duration // How long all of it took.
	}{
		"both are read":               {"read", "read", nil, nil, 0},
		"nobody reads either":         {"unread", "unread", errAsked, errAsked, outputPatience + leastPatience},
		"nobody reads the result":     {"unread", "read", errAsked, nil, outputPatience},
		"nobody reads the complaints": {"read", "unread", nil, errAsked, outputPatience},
		"both are slow":               {"slow", "slow", nil, nil, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				over := make(unread)
				defer close(over)
				writers := map[string]func() io.Writer{
					"read": func() io.Writer { return &bytes.Buffer{} }, "slow": func() io.Writer { return &slow{} }, "unread": func() io.Writer { return over },
				}
				ctx, end := context.WithCancelCause(t.Context())
				var spent atomic.Bool
				out := &output{ctx: ctx, to: writers[test.stdout](), spent: &spent}
				complaints := &output{ctx: ctx, to: writers[test.stderr](), spent: &spent}
				end(errAsked)
				began := time.Now()
				_, result := out.Write([]byte("42"))
				_, word := complaints.Write([]byte("asked to end"))
				if waited := time.Since(began); waited != test.waited || !errors.Is(result, test.result) || !errors.Is(word, test.word) {
					t.Errorf("the result: %v, why it ends: %v, after %s; want %v, %v and %s", result, word, waited, test.result, test.word, test.waited)
				}
				if _, again := complaints.Write([]byte("more")); !errors.Is(again, test.word) {
					t.Errorf("another complaint: %v, want %v", again, test.word)
				}
			})
		})
	}
}
