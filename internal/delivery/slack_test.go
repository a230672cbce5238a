package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// slackWith returns Slack at a server of the test.
func slackWith(t *testing.T, handler http.HandlerFunc) *Slack {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return &Slack{API: s.URL + "/api", Token: "xoxb-s3cret"}
}

func TestSendPost(t *testing.T) {
	var got map[string]any
	s := slackWith(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/api/chat.postMessage" || r.Header.Get("Authorization") != "Bearer xoxb-s3cret" || r.Header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"ok": true, "channel": "C1", "ts": "1.2"}`)
	})
	for to, channel := range map[string]string{"#growth": "#growth", "@ada": "@ada", "@U0123ABCD": "U0123ABCD"} {
		p := NewPost(to, "Headline", []string{"<a>"})
		if err := s.Send(t.Context(), &p); err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprint(got); text != "map[blocks:[<a>] channel:"+channel+" text:Headline unfurl_links:false unfurl_media:false]" {
			t.Error(text)
		}
		var b strings.Builder
		if err := p.WriteIndented(&b); err != nil || !strings.Contains(b.String(), `"<a>"`) {
			t.Error(b.String(), err)
		}
	}
}

// What fails says so with the server's reason, without the token, also where the server repeats it.
func TestSendPostFails(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		want   string
	}{
		"refused":      {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"ok":false,"error":"channel_not_found"}`) }, "it refuses the message: channel_not_found; see slack: of the owner, "},
		"wrong token":  {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"ok":false,"error":"invalid_auth"}`) }, "it refuses the message: invalid_auth; see token_file or token below slack:"},
		"repeats it":   {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"ok":false,"error":"bad token xoxb-s3cret"}`) }, "bad token <secret>"},
		"no reason":    {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{}`) }, "gives no reason"},
		"not JSON":     {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `<html>xoxb-s3cret`) }, "is api_url right?"},
		"server error": {func(w http.ResponseWriter) { http.Error(w, "xoxb-s3cret", http.StatusBadGateway) }, "502 Bad Gateway"},
		"elsewhere": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://evil.example/")
			w.WriteHeader(http.StatusFound)
		}, "302 Found"},
		"too much": {func(w http.ResponseWriter) { _, _ = io.WriteString(w, strings.Repeat("x", 2*maxAnswer)) }, "is api_url right?"},
		"for an hour": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "it is asked too often (429)"},
		"for a while": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) }, "it is asked too often (429)"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			s := slackWith(t, func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); test.answer(w) })
			p := NewPost("#growth", "Headline", nil)
			err := s.Send(t.Context(), &p)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v, want something with %q", err, test.want)
			}
			if asked.Load() != 1 {
				t.Errorf("asked %d times", asked.Load())
			}
		})
	}
	p := NewPost("#growth", "Headline", nil)
	if err := (&Slack{API: "http://127.0.0.1:1", Token: "xoxb-s3cret\n"}).Send(t.Context(), &p); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}

// Where it is asked to wait it waits once.
func TestSendPostWaits(t *testing.T) {
	for refused, want := range map[int32]string{1: "", 9: "it is asked too often (429), also after 1s"} {
		var asked atomic.Int32
		var first time.Time
		s := slackWith(t, func(w http.ResponseWriter, _ *http.Request) {
			n := asked.Add(1)
			switch {
			case n == 1:
				first = time.Now()
			case time.Since(first) < time.Second:
				t.Error("it did not wait")
			}
			if n <= refused {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			_, _ = io.WriteString(w, `{"ok":true}`)
		})
		p := NewPost("#growth", "Headline", nil)
		if err := s.Send(t.Context(), &p); (err == nil) != (want == "") || err != nil && err.Error() != want || asked.Load() != 2 {
			t.Errorf("%v after %d times", err, asked.Load())
		}
	}
}

// Neither a silent server nor one that asks for patience outlasts the time that there is.
func TestSendPostEnds(t *testing.T) {
	late := errors.New("not finished in time")
	for name, handler := range map[string]http.HandlerFunc{
		"silent": func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body); <-r.Context().Done() },
		"patient": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		},
	} {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, late)
		p := NewPost("#growth", "Headline", nil)
		if err := slackWith(t, handler).Send(ctx, &p); err == nil || !strings.Contains(err.Error(), late.Error()) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}
